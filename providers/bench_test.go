package providers

import "testing"

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
