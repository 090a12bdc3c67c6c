package providers

import (
	"net/http"
	"path/filepath"
	"testing"
)

// Whatever stands in a definition, reading it ends, and what is accepted reads
// any event and can be traced.
func FuzzDefinition(f *testing.F) {
	for _, typ := range Types() {
		text, err := Source(typ)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	bad, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range bad {
		f.Add(readFile(f, file))
	}
	f.Add([]byte(extending))
	f.Add([]byte("extends: authon\nverify: &a [*a]\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		own, err := ParseDefinition("fuzz.yaml", text)
		if err != nil {
			return
		}
		p, err := New("fuzz", Settings{Definition: own, Auth: "none"})
		if err != nil {
			return
		}
		r := Request{Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"id":"1","type":"user.created","data":{"user":{"id":"u"}}}`), ReceivedAt: noon}
		if trace := p.Trace(r); trace.Rejected == "" && trace.Delivery == nil {
			t.Error("nothing was read")
		}
	})
}
