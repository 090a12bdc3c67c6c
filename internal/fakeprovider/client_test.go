package fakeprovider

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
)

// ask sends one request, with the right key unless the test gave another, and
// returns the answer.
func ask(t *testing.T, s *Server, method, target, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	authenticate(s, r)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder
}

func authenticate(s *Server, r *http.Request) {
	if id, secret, pair := strings.Cut(s.Key(), ":"); pair {
		r.SetBasicAuth(id, secret)
		return
	}
	r.Header.Set("X-Api-Key", s.Key())
	r.Header.Set("Authorization", "Bearer "+s.Key())
}

// get is a GET below the path of the users.
func get(t *testing.T, s *Server, rest string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, s, http.MethodGet, s.Path()+rest, "", headers...)
}

// want checks status and body of an answer.
func want(t *testing.T, got *httptest.ResponseRecorder, status int, body string) {
	t.Helper()
	if got.Code != status || got.Body.String() != body {
		t.Fatalf("got  %d %s\nwant %d %s", got.Code, got.Body, status, body)
	}
}

// status checks only that.
func status(t *testing.T, got *httptest.ResponseRecorder, want int) {
	t.Helper()
	if got.Code != want {
		t.Fatalf("got %d %s, want %d", got.Code, got.Body, want)
	}
}

// decoded is a JSON body.
func decoded(t *testing.T, got *httptest.ResponseRecorder) map[string]any {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(got.Body.Bytes(), &body); err != nil {
		t.Fatalf("%v in %s", err, got.Body)
	}
	return body
}

// idsIn are the ids of a list, which stands in one member of the body.
func idsIn(t *testing.T, got *httptest.ResponseRecorder, list string) []string {
	t.Helper()
	status(t, got, http.StatusOK)
	var ids []string
	for _, user := range decoded(t, got)[list].([]any) {
		ids = append(ids, user.(map[string]any)["id"].(string))
	}
	return ids
}

// recorded sends a request that a provider's own client once sent.
func recorded(t *testing.T, s *Server, name string) *httptest.ResponseRecorder {
	t.Helper()
	text, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	s.ServeHTTP(recorder, r)
	return recorder
}
