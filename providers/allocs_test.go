//go:build !race

package providers

import "testing"

// What one usual delivery leaves to the collector. The race detector's own
// allocations would count, so it does not run here.
func TestADeliveryAllocatesLittle(t *testing.T) {
	// No t.Parallel: the allocations of other tests would count.
	for typ, most := range map[string]struct{ verify, decode float64 }{
		"authon":     {0, 7},
		"authara":    {0, 6},
		"authon_pro": {0, 7},
		"node_auth":  {0, 8},
		"authpi":     {0, 7},
	} {
		for _, bench := range benchmarked {
			if bench.typ != typ {
				continue
			}
			rec := readRecording(t, typ, "testdata/"+typ+"/"+bench.file+".http")
			p := rec.provider(t, nil)
			proof, err := p.Verify(rec.request)
			if err != nil {
				t.Fatal(err)
			}
			verify := testing.AllocsPerRun(200, func() {
				if _, err := p.Verify(rec.request); err != nil {
					t.Error(err)
				}
			})
			decode := testing.AllocsPerRun(200, func() {
				if d := p.Decode(rec.request, proof); len(d.Commands) != 1 {
					t.Error(d)
				}
			})
			if verify > most.verify || decode > most.decode {
				t.Errorf("%s: %v allocations to verify, %v to decode, want at most %v", typ, verify, decode, most)
			}
		}
	}
}
