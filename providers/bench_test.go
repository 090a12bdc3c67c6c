package providers

import (
	"net/http"
	"strings"
	"testing"
)

var benchmarked = []struct{ typ, file string }{
	{"authon", "current-user.created"},
	{"authara", "current-user.created"},
	{"authon_pro", "user.register"},
	{"node_auth", "created"},
	{"authpi", "signed-hex-plain-user.updated-status-suspended"},
}

func BenchmarkVerify(b *testing.B) {
	for _, bench := range benchmarked {
		rec := readRecording(b, bench.typ, "testdata/"+bench.typ+"/"+bench.file+".http")
		p := rec.provider(b, nil)
		b.Run(bench.typ, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rec.request.Body)))
			for b.Loop() {
				if _, err := p.Verify(rec.request); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, bench := range benchmarked {
		rec := readRecording(b, bench.typ, "testdata/"+bench.typ+"/"+bench.file+".http")
		p := rec.provider(b, nil)
		proof, err := p.Verify(rec.request)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(bench.typ, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(rec.request.Body)))
			for b.Loop() {
				if d := p.Decode(rec.request, proof); len(d.Commands) != 1 {
					b.Fatal(d)
				}
			}
		})
	}
}

// BenchmarkDecodeBatch reads batches of small events, the largest as large as
// a body may be by default: the time per event must not grow.
func BenchmarkDecodeBatch(b *testing.B) {
	const event = `{"specversion":"1.0","time":"2026-01-15T12:00:00Z","data":{"id":"e","type":"user.deleted","subject":{"user_id":"u"}}}`
	p := open(b, "authpi", nil)
	for name, count := range map[string]int{"100 events": 100, "as many as a request may have": maxEvents} {
		r := Request{
			Header:     http.Header{"Content-Type": {"application/cloudevents-batch+json"}},
			Body:       []byte("[" + strings.Repeat(event+",", count-1) + event + "]"),
			ReceivedAt: noon,
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if d := p.Decode(r, Proof{}); len(d.Commands) != count {
					b.Fatal(len(d.Commands))
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(count), "ns/event")
		})
	}
}

// BenchmarkRedaction reads the largest body of the usual limit, of small members.
func BenchmarkRedaction(b *testing.B) {
	doc := `{"a":[` + strings.Repeat(`{"id":"user","password":"secret","x_token":[1]},`, 21000) + `{}]}`
	x := redaction{"password", "*_token*", "encrypted_password"}
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if kept := x.apply(doc); len(kept) >= len(doc) {
			b.Fatal("nothing is redacted")
		}
	}
}

// BenchmarkDecodeEveryBlock reads an event with all named blocks.
func BenchmarkDecodeEveryBlock(b *testing.B) {
	p := parts(b, everyUnpack[1], everyEvent, everyUser)
	r := Request{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"events":[` + everyBody + `]}`), ReceivedAt: noon}
	b.ReportAllocs()
	b.SetBytes(int64(len(r.Body)))
	for b.Loop() {
		if d := p.Decode(r, Proof{}); len(d.Commands) != 1 {
			b.Fatal(d)
		}
	}
}
