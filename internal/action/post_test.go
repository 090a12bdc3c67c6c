package action

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	usersync "usersync/sync"
)

// From the project Standard Webhooks, libraries/go/webhook_test.go and
// libraries/rust/src/lib.rs; the last was made with openssl dgst -sha256 -hmac.
func TestSignatures(t *testing.T) {
	t.Parallel()
	for _, v := range []struct{ secret, id, seconds, body, want string }{
		{"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="},
		{"whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", "1649367553", `{"email":"test@example.com","username":"test_user"}`, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw="},
		{"plain secret bytes", "msg_1", "1700000000", `{"text":"ü","n":1}`, "v1,0ZoQS23sa03atXYQR2/M5U6g7QVLtq98/cv+KEr8aFw="},
	} {
		key, err := keyOf(v.secret)
		if err != nil {
			t.Fatal(err)
		}
		if got := sign(key, v.id, v.seconds, []byte(v.body)); got != v.want {
			t.Errorf("%s: %s, want %s", v.id, got, v.want)
		}
	}
}

func declared(t testing.TB, d Declaration) *Action {
	t.Helper()
	if d.ID == "" {
		d.ID = "notify.chat"
	}
	if d.Secret == "" {
		d.Secret = "plain secret bytes"
	}
	a, faults := New(d)
	if faults != nil {
		t.Fatal(faults)
	}
	t.Cleanup(a.Close)
	return a
}

func TestPost(t *testing.T) {
	t.Parallel()
	var got *http.Request
	var body []byte
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	a := declared(t, Declaration{URL: receiver.URL + "/hooks?team=a", Headers: map[string]string{"Authorization": "Bearer x"}})
	a.clock = func() time.Time { return time.Unix(1700000000, 0) }
	if err := a.Post(t.Context(), &usersync.Message{ID: "msg_1", Body: []byte(`{"text":"ü","n":1}`)}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "Authorization": "Bearer x", "User-Agent": "usersync",
		"Webhook-Id": "msg_1", "Webhook-Timestamp": "1700000000", "Webhook-Signature": "v1,0ZoQS23sa03atXYQR2/M5U6g7QVLtq98/cv+KEr8aFw=",
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s: %q, want %q", name, value, want)
		}
	}
	if got.Method != http.MethodPost || got.URL.String() != "/hooks?team=a" || string(body) != `{"text":"ü","n":1}` {
		t.Errorf("%s %s %s", got.Method, got.URL, body)
	}
}

// Each answer but 2xx is a failure that says what it is, and nothing of the address
// but its host: the path may be a secret.
func TestRefusals(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer elsewhere.Close()
	for _, c := range []struct {
		status int
		header string
		want   string
		after  time.Duration
		gone   bool
	}{
		{500, "", "status 500", 0, false},
		{429, "30", "status 429", 30 * time.Second, false},
		{503, "Tue, 14 Nov 2023 22:14:20 GMT", "status 503", time.Minute, false},
		{503, "Tue, 14 Nov 2000 22:14:20 GMT", "status 503", 0, false},
		{400, "-3", "status 400", 0, false},
		{410, "", "status 410, which says that nothing is wanted there any more", 0, true},
		{302, "", "status 302: redirects are not followed, write the final address into url", 0, false},
		{307, "", "status 307: redirects are not followed, write the final address into url", 0, false},
	} {
		receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", elsewhere.URL)
			w.Header().Set("Date", "Tue, 14 Nov 2023 22:13:20 GMT") // a date is measured by the receiver's clock
			if c.header != "" {
				w.Header().Set("Retry-After", c.header)
			}
			w.WriteHeader(c.status)
			fmt.Fprint(w, "an answer that nobody looks at")
		}))
		a := declared(t, Declaration{URL: receiver.URL + "/secret-path"})
		a.clock = func() time.Time { return time.Unix(1700009999, 0) }
		err := a.Post(t.Context(), &usersync.Message{ID: "m", Body: []byte(`{}`)})
		var r *refusal
		if !errors.As(err, &r) || err.Error() != a.Host()+": "+c.want || r.RetryAfter() != c.after || r.Gone() != c.gone {
			t.Errorf("%d: %v, %+v", c.status, err, r)
		}
		receiver.Close()
		if err = a.Post(t.Context(), &usersync.Message{ID: "m", Body: []byte(`{}`)}); err == nil || strings.Contains(err.Error(), "secret-path") || !strings.HasPrefix(err.Error(), a.Host()+": ") {
			t.Errorf("nobody listens: %v", err)
		}
	}
}

func TestSlowReceiver(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-ended }))
	defer receiver.Close()
	defer close(ended)
	a := declared(t, Declaration{URL: receiver.URL + "/secret-path", Timeout: 50 * time.Millisecond})
	if err := a.Post(t.Context(), &usersync.Message{ID: "m"}); err == nil || err.Error() != a.Host()+": no answer within 50ms" {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := a.Post(ctx, &usersync.Message{ID: "m"}); err == nil {
		t.Error("sent without a context to do so")
	}
}

func TestDeclarations(t *testing.T) {
	t.Parallel()
	fine := Declaration{ID: "notify.chat", URL: "https://app.example.com/x", Secret: "whsec_" + base64.StdEncoding.EncodeToString([]byte("0123456789abcdef"))}
	if a := declared(t, fine); a.Timeout != DefaultTimeout || a.Host() != "app.example.com" || a.Clear() {
		t.Errorf("%+v", a)
	}
	for url, clear := range map[string]bool{"http://app:3000/": true, "http://10.0.0.1/": true, "http://localhost:3000/": false, "http://127.0.0.2/": false, "http://[::1]:3000/": false} {
		if a := declared(t, Declaration{URL: url}); a.Clear() != clear {
			t.Errorf("%s: %v", url, a.Clear())
		}
	}
	for want, change := range map[string]func(d *Declaration){
		": user.ban is built in: choose another name":                                                               func(d *Declaration) { d.ID = "user.ban" },
		": the name of an action is words of small letters, digits, _ and - with dots between them, as notify.chat": func(d *Declaration) { d.ID = "Notify" },
		"url: missing: write where to send, as https://app.example.com/hooks/usersync":                              func(d *Declaration) { d.URL = "" },
		"url: want an address such as https://app.example.com/hooks/usersync":                                       func(d *Declaration) { d.URL = "ftp://x/y" },
		"url: remove user and password: credentials belong into headers":                                            func(d *Declaration) { d.URL = "https://a:b@x/y" },
		"url: remove what begins with #: it is never sent":                                                          func(d *Declaration) { d.URL = "https://x/y#z" },
		"secret: missing: make one with `echo whsec_$(openssl rand -base64 32)`, and give the receiver the same":    func(d *Declaration) { d.Secret = "" },
		"secret: what follows whsec_ must be base64":                                                                func(d *Declaration) { d.Secret = "whsec_%" },
		"timeout: must be at most 30s: a receiver that takes longer should answer first and work afterwards":        func(d *Declaration) { d.Timeout = time.Minute },
		"headers: Webhook-Id: the signature's own headers cannot be set":                                            func(d *Declaration) { d.Headers = map[string]string{"Webhook-Id": "x"} },
		"headers: Host: this header cannot be set":                                                                  func(d *Declaration) { d.Headers = map[string]string{"Host": "x"} },
		"headers: A B: this is no name of a header":                                                                 func(d *Declaration) { d.Headers = map[string]string{"A B": "x"} },
		"headers: A: a header holds one line":                                                                       func(d *Declaration) { d.Headers = map[string]string{"A": "x\r\nB: y"} },
	} {
		d := fine
		change(&d)
		if _, faults := New(d); len(faults) != 1 || faults[0].Key+": "+faults[0].Message != want {
			t.Errorf("%v, want %s", faults, want)
		}
	}
}

// What the connection itself says is told.
func TestAReceiverThatSpeaksNoTLS(t *testing.T) {
	t.Parallel()
	receiver := httptest.NewServer(http.NotFoundHandler())
	defer receiver.Close()
	a := declared(t, Declaration{URL: strings.Replace(receiver.URL, "http:", "https:", 1)})
	if err := a.Post(t.Context(), &usersync.Message{ID: "m", Body: []byte(`{}`)}); err == nil || !strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		t.Error(err)
	}
}
