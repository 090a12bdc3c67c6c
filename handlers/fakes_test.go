package handlers_test

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/handlers/desk"
	"usersync/internal/logtest"
	"usersync/internal/pulse"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

// marker stands in every payload of these tests, and may stand in no log.
const marker = "marker-5e1f"

// fakeProvider believes the header X-Proof and does what the body says.
type fakeProvider struct{}

func (fakeProvider) Verify(r providers.Request) (providers.Proof, error) {
	switch values := r.Header.Values("X-Proof"); {
	case len(values) == 0:
		return providers.Proof{}, &providers.Rejection{Reason: providers.ReasonMissing, Detail: "X-Proof is not there"}
	case len(values) > 1:
		return providers.Proof{}, &providers.Rejection{Reason: providers.ReasonDoubled, Detail: "X-Proof is there twice"}
	case values[0] == "good":
		return providers.Proof{Fingerprint: "0a1b2c3d"}, nil
	case values[0] == "old":
		return providers.Proof{}, &providers.Rejection{Reason: providers.ReasonTooOld, Detail: "an hour old"}
	case values[0] == "broken":
		return providers.Proof{}, errors.New("the keys cannot be fetched")
	case values[0] == "panic":
		panic("verify: " + string(r.Body))
	default:
		return providers.Proof{}, &providers.Rejection{Reason: providers.ReasonMismatch, Detail: "it fits no secret"}
	}
}

func (fakeProvider) Decode(r providers.Request, _ providers.Proof) *usersync.Delivery {
	user := usersync.Command{UserKey: usersync.UserKey{Provider: "acme", UserID: marker}, Kind: usersync.KindUpdated}
	body := strings.TrimSpace(strings.TrimPrefix(string(r.Body), marker))
	switch {
	case strings.HasPrefix(body, "user"):
		return &usersync.Delivery{Commands: []usersync.Command{user}}
	case strings.HasPrefix(body, "ignored"):
		return &usersync.Delivery{Ignored: 1}
	case strings.HasPrefix(body, "several"):
		return &usersync.Delivery{Commands: []usersync.Command{user, user}, Letters: []usersync.DeadLetter{letter("bad_value", "its time is no time", r), letter("bad_json", "the second", r)}, Ignored: 2}
	case strings.HasPrefix(body, "panic"):
		panic(errors.New(body))
	case strings.HasPrefix(body, "bug"):
		var none []int
		_ = none[len(body)]
	}
	return &usersync.Delivery{Letters: []usersync.DeadLetter{letter("bad_json", "it ends too early", r)}}
}

func (fakeProvider) Methods() []string { return []string{http.MethodPost} }

func (fakeProvider) Handshake(string, providers.Request) (providers.Reply, bool) {
	return providers.Reply{}, false
}

func (fakeProvider) Reply() *providers.Reply { return nil }

// politeProvider is one with handshakes and a reply of its own.
type politeProvider struct{ fakeProvider }

func (politeProvider) Methods() []string {
	return []string{http.MethodGet, http.MethodOptions, http.MethodPost}
}

func (politeProvider) Handshake(method string, r providers.Request) (providers.Reply, bool) {
	if method == http.MethodPost && strings.HasPrefix(string(r.Body), "challenge") || r.Header.Get("X-May-I") != "" {
		return providers.Reply{
			Status: http.StatusOK, Header: map[string]string{"X-You-May": method},
			ContentType: "text/plain", Body: []byte("hello"), Note: "asked politely",
		}, true
	}
	return providers.Reply{}, false
}

func (politeProvider) Reply() *providers.Reply {
	return &providers.Reply{Status: http.StatusAccepted, ContentType: "application/json", Body: []byte(`{"thanks":true}`)}
}

// silentProvider replies without a body.
type silentProvider struct{ fakeProvider }

func (silentProvider) Reply() *providers.Reply {
	return &providers.Reply{Status: http.StatusNoContent}
}

func letter(reason, detail string, r providers.Request) usersync.DeadLetter {
	return usersync.DeadLetter{Provider: "acme", Reason: reason, Detail: detail, Payload: r.Body}
}

// fakeSink keeps what it is given.
type fakeSink struct {
	// answer decides; without it, dead letters and commands fare as they should.
	answer func(context.Context) (usersync.Outcome, error)

	mu    sync.Mutex
	taken []*usersync.Delivery
}

func (s *fakeSink) Submit(ctx context.Context, d *usersync.Delivery) (usersync.Outcome, error) {
	s.mu.Lock()
	s.taken = append(s.taken, d)
	s.mu.Unlock()
	if s.answer != nil {
		return s.answer(ctx)
	}
	if len(d.Letters) > 0 {
		return usersync.OutcomeDeadLetter, nil
	}
	return usersync.OutcomeApplied, nil
}

func (s *fakeSink) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.taken)
}

func loggerTo(log *logtest.Log) zerolog.Logger { return zerolog.New(log).Level(zerolog.DebugLevel) }

// site is a public and an admin listener, and what stands behind them.
type site struct {
	public, admin string // addresses
	sink          *fakeSink
	journal       *logtest.Log
	pulse         *pulse.Pulse
	metrics       *handlers.Metrics
	health        *handlers.Health
	webhooks      *handlers.Webhooks
	stop          func() // begins the shutdown
}

// settings are what a test wants different.
type settings struct {
	options handlers.Options
	parts   []handlers.Part
	header  time.Duration // for the headers to arrive
	token   secret.Text   // of the admin listener
	users   handlers.Users
	desk    *desk.Desk
	metrics *handlers.Metrics // with providers of the test's own
}

// newHandlers makes what both listeners serve, without any listener.
func newHandlers(s settings) (w *site, public, admin http.Handler) {
	w = &site{journal: &logtest.Log{}, pulse: pulse.New(time.Now), metrics: s.metrics, health: handlers.NewHealth(s.parts...)}
	if w.metrics == nil {
		w.metrics = handlers.NewMetrics("test", w.pulse)
	}
	o := s.options
	if o.Sink == nil {
		o.Sink = &fakeSink{}
	}
	w.sink, _ = o.Sink.(*fakeSink)
	if o.Endpoints == nil {
		o.Endpoints = map[string]handlers.Endpoint{"acme": {Provider: fakeProvider{}}}
	}
	o.Metrics = w.metrics
	if s.metrics == nil {
		w.metrics.Providers(slices.Collect(maps.Keys(o.Endpoints)))
	}
	w.webhooks = handlers.NewWebhooks(o)
	log := loggerTo(w.journal)
	return w, handlers.NewPublic(w.webhooks, w.health, log), handlers.NewAdmin(handlers.AdminOptions{Metrics: w.metrics, Health: w.health, Users: s.users, Desk: s.desk, Token: s.token, Log: log})
}

// newSite starts both listeners; the test stops them when it ends.
func newSite(t *testing.T, s settings) *site {
	t.Helper()
	w, strangers, operators := newHandlers(s)
	log := loggerTo(w.journal)
	public, admin := handlers.NewServer("public", strangers, log), handlers.NewServer("admin", operators, log)
	if s.header > 0 {
		public.ReadHeaderTimeout = s.header
	}
	bindings := []handlers.Binding{{Server: public, Listener: listen(t)}, {Server: admin, Listener: listen(t)}}
	w.public, w.admin = bindings[0].Listener.Addr().String(), bindings[1].Listener.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	done := make(chan error, 1)
	go func() { done <- handlers.Serve(ctx, w.health, bindings...) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return w
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// deliver posts a body with the given proof and returns the answer.
func (w *site) deliver(t *testing.T, proof, body string) (status int, text string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, "http://"+w.public+"/webhooks/acme", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Proof", proof)
	answer, text := do(t, r)
	return answer.StatusCode, text
}

// get fetches a page of a listener.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return do(t, r)
}

// do sends a request without following redirects or keeping the connection.
func do(t *testing.T, r *http.Request) (*http.Response, string) {
	t.Helper()
	// A small request is written at once: nobody is the slower sender by chance.
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, ExpectContinueTimeout: time.Minute, WriteBufferSize: 64 << 10}
	answer, err := transport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body bytes.Buffer
	if _, err := body.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	return answer, body.String()
}

// patience is for what happens at once on a machine with nothing else to do.
const patience = time.Minute

// eventually waits for something that happens elsewhere.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
