//go:build !race

package handlers

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/pulse"
	"usersync/providers"
	usersync "usersync/sync"
)

// frugal is a provider, a sink, a body and a writer that allocate nothing.
type frugal struct {
	delivery usersync.Delivery
	rest     int // of the body
	header   http.Header
	status   int
}

func (f *frugal) Verify(providers.Request) (providers.Proof, error) {
	return providers.Proof{Fingerprint: "0a1b2c3d"}, nil
}

func (f *frugal) Decode(providers.Request, providers.Proof) *usersync.Delivery { return &f.delivery }

var postOnly = []string{http.MethodPost}

func (f *frugal) Methods() []string { return postOnly }

func (f *frugal) Handshake(string, providers.Request) (providers.Reply, bool) {
	return providers.Reply{}, false
}

func (f *frugal) Reply() *providers.Reply { return nil }

func (f *frugal) Submit(context.Context, *usersync.Delivery) (usersync.Outcome, error) {
	return usersync.OutcomeApplied, nil
}

// Read gives a body as net/http does: its end comes with its last byte.
func (f *frugal) Read(p []byte) (int, error) {
	n := min(len(p), f.rest)
	if f.rest -= n; f.rest == 0 {
		return n, io.EOF
	}
	return n, nil
}

func (f *frugal) Close() error { return nil }

func (f *frugal) Header() http.Header { return f.header }

func (f *frugal) WriteHeader(status int) { f.status = status }

func (f *frugal) Write(p []byte) (int, error) { return len(p), nil }

func (f *frugal) SetReadDeadline(time.Time) error { return nil }

// What a delivery costs here, beside net/http: the room for its body and the record of
// its log line. This test runs alone, for it counts what the whole process allocates.
func TestAllocationsOfADelivery(t *testing.T) {
	f := &frugal{header: http.Header{}, delivery: usersync.Delivery{Commands: make([]usersync.Command, 1)}}
	m := NewMetrics("test", pulse.New(time.Now))
	m.Providers([]string{"acme"})
	w := NewWebhooks(Options{Sink: f, Metrics: m, Endpoints: map[string]Endpoint{"acme": {Provider: f}}})
	public := NewPublic(w, NewHealth(), zerolog.New(io.Discard).With().Timestamp().Logger())
	r := httptest.NewRequest(http.MethodPost, "/webhooks/acme", f)
	r.RemoteAddr = "192.0.2.1:1234"
	for size, want := range map[int]float64{
		550:  2,
		4097: 6, // a second buffer, a lease for it, what cuts it, its place in the queue
	} {
		r.ContentLength = int64(size)
		if got := testing.AllocsPerRun(2000, func() {
			f.rest = size
			clear(f.header)
			public.ServeHTTP(f, r)
		}); got != want || f.status != http.StatusOK {
			t.Errorf("%d bytes: %v allocations, want %v; status %d", size, got, want, f.status)
		}
	}
}

// The first buffer is as large as what was announced, and never larger than what is free.
func TestFirstBuffer(t *testing.T) {
	t.Parallel()
	large, small := newBodyReader(1<<20, time.Second, 0), newBodyReader(100, time.Second, 0)
	for _, c := range []struct {
		reader    bodyReader
		announced int64
		want      int64
	}{
		{large, 550, 551}, {large, 4095, 4096}, {large, 4096, 4096}, {large, 1 << 20, 4096}, {large, -1, 4096},
		{small, 50, 51}, {small, 100, 101}, {small, -1, 101},
	} {
		if got := c.reader.firstBuffer(c.announced); got != c.want {
			t.Errorf("%d of at most %d announced: %d, want %d", c.announced, c.reader.maxBody, got, c.want)
		}
	}
}
