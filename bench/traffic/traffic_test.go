package traffic_test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"

	"usersync/bench/traffic"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

// What the benchmark sends must be what a provider sends: it is verified and read by
// the daemon's own code.
func TestDeliveriesAreBelieved(t *testing.T) {
	t.Parallel()
	provider, err := providers.New("authon", providers.Settings{Type: "authon", Secrets: []secret.Text{secret.New(traffic.Secret)}})
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	mix := traffic.Mix{Host: "127.0.0.1:1", Path: "/webhooks/authon", Users: 5, Seed: 3}
	made := mix.Make(50, begin)
	ids, users := map[string]bool{}, map[string]bool{}
	for i, raw := range made.Requests {
		c := read(t, provider, raw)
		ids[c.EventID], users[c.UserID] = true, true
		if want := usersync.MicrosOf(begin.Add(time.Duration(i) * traffic.Step)); c.OccurredAt != want || c.UpdatedAt != want {
			t.Errorf("%d: at %v and %v, want %v", i, c.OccurredAt, c.UpdatedAt, want)
		}
	}
	if len(ids) != 50 || len(users) != 5 {
		t.Errorf("%d events about %d users", len(ids), len(users))
	}
	mix.Seed++
	for _, raw := range mix.Make(50, begin).Requests {
		if c := read(t, provider, raw); ids[c.EventID] {
			t.Errorf("%s comes in two runs", c.EventID)
		}
	}
}

func read(t *testing.T, provider *providers.Provider, raw []byte) usersync.Command {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r.Body)
	if err != nil || int64(len(body)) != r.ContentLength {
		t.Fatalf("%d bytes of %d, %v", len(body), r.ContentLength, err)
	}
	request := providers.Request{Header: r.Header, Body: body, ReceivedAt: time.Now(), Origin: usersync.OriginLive}
	proof, err := provider.Verify(request)
	if err != nil {
		t.Fatal(err)
	}
	delivery := provider.Decode(request, proof)
	if len(delivery.Commands) != 1 || len(delivery.Letters) > 0 {
		t.Fatalf("%+v", delivery)
	}
	return delivery.Commands[0]
}

func TestSharesOfAMix(t *testing.T) {
	t.Parallel()
	const count = 20_000
	made := traffic.Mix{Users: 1000, Hot: 0.5, Twice: 0.2, Poison: 0.01, Seed: 9}.Make(count, time.Now())
	near := func(what string, got int, share float64) {
		if want := share * count; float64(got) < 0.8*want || float64(got) > 1.2*want {
			t.Errorf("%s: %d, want about %.0f", what, got, want)
		}
	}
	near("repeated", len(made.Repeated), 0.2*0.95)
	near("poisoned", len(made.Poisoned), 0.01*0.8)
	hot, seen := 0, map[string]bool{}
	for i, raw := range made.Requests {
		if bytes.Contains(raw, []byte(`"`+traffic.UserID(0)+`"`)) {
			hot++
		}
		if first := made.First(i); seen[string(raw)] != (first != i) || !bytes.Equal(made.Requests[first], raw) {
			t.Fatalf("%d repeats %d", i, first)
		}
		seen[string(raw)] = true
	}
	near("about one user", hot, 0.5)
}
