package hostile_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"usersync/internal/hostile"
)

const password = "hunter2-hunter2"

// A judge that finds nothing proves nothing: each receiver here has one fault.
func TestJudgeFindsFaults(t *testing.T) {
	t.Parallel()
	refusing := func(header, value string, status int, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "application/json")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set(header, value)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	cases := requests()
	const fine = `{"error":"not authenticated"}`
	for name, one := range map[string]struct {
		handler http.HandlerFunc
		fault   string
	}{
		"sound":          {refusing("X", "y", 401, fine), ""},
		"believes":       {refusing("X", "y", 200, `{"received":true,"outcome":"applied"}`), "status 200"},
		"breaks":         {refusing("X", "y", 500, fine), "can never be right"},
		"redirects":      {refusing("Location", "/", 307, fine), "can never be right"},
		"names itself":   {refusing("Server", "x/1.2", 401, fine), "names its server"},
		"speaks plainly": {refusing("Content-Type", "text/plain", 401, "no"), "no JSON"},
		"may be cached":  {refusing("Cache-Control", "public", 401, fine), "cache control"},
		"tells":          {refusing("X", "y", 401, `{"error":"it is not `+password+`"}`), "body holds a secret"},
		"tells aside":    {refusing("X-Debug", password, 401, fine), "header holds a secret"},
		"echoes":         {refusing("X", "y", 401, `{"error":"`+hostile.Canary+`"}`), "body holds a secret"},
		"hangs up":       {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "no answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(one.handler)
			defer server.Close()
			c := find(t, cases, "signature/no header at all")
			err := send(t, c, server.Listener.Addr().String())
			switch {
			case one.fault == "" && err != nil:
				t.Errorf("a sound receiver is blamed: %v", err)
			case one.fault != "" && (err == nil || !strings.Contains(err.Error(), one.fault)):
				t.Errorf("verdict %v, want %q", err, one.fault)
			}
		})
	}
	t.Run("the wrong outcome", func(t *testing.T) {
		t.Parallel()
		server := httptest.NewServer(refusing("X", "y", 200, `{"received":true,"outcome":"applied"}`))
		defer server.Close()
		if err := send(t, find(t, cases, "body/null"), server.Listener.Addr().String()); err == nil || !strings.Contains(err.Error(), `want "dead_letter"`) {
			t.Errorf("verdict %v", err)
		}
	})
}

// Names are unique, and only what is proven may be taken.
func TestRequests(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, c := range requests() {
		if names[c.Name] {
			t.Errorf("two cases are called %s", c.Name)
		}
		names[c.Name] = true
		for _, status := range c.Want {
			if status == http.StatusOK && !c.Signed {
				t.Errorf("%s: a stranger may be answered with 200", c.Name)
			}
		}
	}
	if len(names) < 400 {
		t.Errorf("%d cases", len(names))
	}
}

// What breaks databases must be proven: unsigned, it would never reach one.
func TestWhatReachesTheDatabase(t *testing.T) {
	t.Parallel()
	cases := requests()
	for name, outcome := range map[string]string{
		"stored/displayName: NUL": "", "stored/displayName: a lone surrogate": "", "stored/createdAt: year 9999": "",
		"stored/updatedAt: a negative year": "", "stored/created: an id of 255 bytes": "", "stored/deleted: an id of 256 bytes": "dead_letter",
		"stored/banned: an id of 10000 bytes": "dead_letter", "stored/banned: an id with a bell": "dead_letter",
		"stored/doubled by an escape: a field": "dead_letter", "event/time: year 9999": "dead_letter", "event/time: a negative year": "dead_letter",
	} {
		if c := find(t, cases, name); !c.Signed || c.Outcome != outcome {
			t.Errorf("%s: signed %v, outcome %q", name, c.Signed, c.Outcome)
		}
	}
}

func TestSendReportsNoReceiver(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1" // a port that was free a moment ago may be somebody's
	if _, err := find(t, requests(), "body/null").Send(t.Context(), nobody); err == nil {
		t.Error("nobody listened, and there is no error")
	}
}

func requests() []hostile.Case {
	return hostile.Requests(func([]byte) http.Header {
		return http.Header{"X-Signature": {"v1=0123456789abcdef"}, "X-Timestamp": {"2026-01-01T00:00:00Z"}, "Content-Type": {"application/json"}}
	})
}

func find(t *testing.T, cases []hostile.Case, name string) hostile.Case {
	t.Helper()
	for _, c := range cases {
		if c.Name == name {
			return c
		}
	}
	t.Fatalf("there is no case %s", name)
	return hostile.Case{}
}

func send(t *testing.T, c hostile.Case, addr string) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	answers, err := c.Send(ctx, addr)
	if err != nil {
		t.Fatal(err)
	}
	return c.Judge(answers, password)
}
