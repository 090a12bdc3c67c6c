package providers_test

import (
	"testing"
	"time"

	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

// Of every provider that we can sign for there is a request that is proven and
// changes nothing.
func TestHarmless(t *testing.T) {
	t.Parallel()
	for _, typ := range providers.Signable() {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			credential, _ := providers.MadeUp(typ, "test_secret_of_a_test")
			p, err := providers.New(typ, providers.Settings{Type: typ, Secrets: []secret.Text{secret.New(credential)}})
			if err != nil {
				t.Fatal(err)
			}
			now := time.Now()
			header, body, err := p.Harmless(providers.Sample{UserID: "usersync_check", EventID: "usersync_check_1", Time: now})
			if err != nil {
				t.Fatal(err)
			}
			r := providers.Request{Header: header, Body: body, ReceivedAt: now, Origin: usersync.OriginLive}
			proof, err := p.Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			if _, greeting := p.Handshake("POST", r); greeting {
				t.Error("it is a handshake")
			}
			if d := p.Decode(r, proof); !d.Empty() || d.Ignored != 1 {
				t.Errorf("%+v of\n%s", d, body)
			}
		})
	}
}
