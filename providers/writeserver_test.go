package providers

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

// script answers the requests of a Writer one after the other, and keeps them.
type script struct {
	mu      sync.Mutex
	answers []http.HandlerFunc
	asked   []string // METHOD URI body
	header  []http.Header
}

func (s *script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body) // a server's own, which does not fail here
	s.mu.Lock()
	s.asked = append(s.asked, strings.TrimSpace(fmt.Sprintf("%s %s %s", r.Method, r.RequestURI, body)))
	s.header = append(s.header, r.Header)
	n := len(s.asked)
	s.mu.Unlock()
	if n > len(s.answers) {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	s.answers[n-1](w, r)
}

// want checks what was asked, all of it.
func (s *script) want(t *testing.T, asked ...string) {
	t.Helper()
	if got, _ := s.requests(); !slices.Equal(got, asked) {
		t.Errorf("asked for\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(asked, "\n"))
	}
}

// requests are what was asked so far, with the headers.
func (s *script) requests() (asked []string, header []http.Header) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked), slices.Clone(s.header)
}

// writing makes a Writer of a type against a script.
func writing(t *testing.T, typ string, answers ...http.HandlerFunc) (*Writer, *script) {
	t.Helper()
	url, s := writingAt(t, answers...)
	return writerAt(t, typ, url), s
}

// writingAt starts a script.
func writingAt(t *testing.T, answers ...http.HandlerFunc) (url string, s *script) {
	t.Helper()
	s = &script{answers: answers}
	server := httptest.NewUnstartedServer(s)
	server.Config.ErrorLog = quiet()
	server.Start()
	t.Cleanup(server.Close)
	return server.URL, s
}

func writerAt(t *testing.T, typ, url string) *Writer {
	t.Helper()
	settings := APISettings{URL: url, Key: secret.New("id:" + apiKey), RateLimit: 1e6}
	if typ == "authpi" {
		settings.Params = map[string]string{"account_id": "a", "issuer_id": "i"}
	}
	w, err := open(t, typ, nil).Writer(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	w.patience = hasty
	return w
}

// saying answers a status with a body.
func saying(code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}
}

// half promises a body and sends half of it.
func half(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
		w.WriteHeader(http.StatusCreated)
		fmt.Fprint(w, text[:len(text)/2])
	}
}

// user is what is to be written, of name and value.
func user(t *testing.T, pairs ...string) (u UserWrite) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		name, raw := pairs[i], pairs[i+1]
		switch name {
		case "id":
			u.ID = raw
		case externalIDName:
			u.ExternalID = raw
		case suspendedName:
			u.Access = map[string]usersync.Access{"true": usersync.AccessBanned, "false": usersync.AccessUnbanned}[raw]
		default:
			f, ok := usersync.ParseField(name)
			v, err := JSONField(f, []byte(raw))
			if err != nil || !ok {
				t.Fatal(name, err)
			}
			u.Fields[f] = v
		}
	}
	return u
}

// authonAnn is a user as authon shows it.
const authonAnn = `{"id":"usr_1","email":"ann@example.com","displayName":"Ann","isBanned":false,"publicMetadata":{"plan":"pro"},"updatedAt":"2026-01-15T11:00:00.000Z"}`
