package fakeprovider

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"os"
	"testing"
	"time"
)

// TestNodeAuthListIsTheRecordedOne compares bytes with the answer of the real
// admin router.
func TestNodeAuthListIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/node_auth-users-list-limit2.response.http")
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(text)), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := New("node_auth", Options{})
	for i, user := range []User{
		{ID: "u_00000", Email: "user0@example.com", Role: "admin", Verified: true, Phone: "+46700000"},
		{ID: "u_00001", Email: "user1@example.com", Role: "user"},
		{ID: "u_00002", Email: "user2@example.com", Role: "user"},
	} {
		user.Created = epoch.Add(time.Duration(i) * time.Second)
		if _, err := s.Users().Add(user); err != nil {
			t.Fatal(err)
		}
	}
	got := get(t, s, "?limit=2")
	want(t, got, response.StatusCode, string(body))
	if got := got.Header().Get("Content-Type"); got != response.Header.Get("Content-Type") {
		t.Errorf("got %q", got)
	}
}

// TestNodeAuthTotalIsWrong holds the totals observed with 250 users.
func TestNodeAuthTotalIsWrong(t *testing.T) {
	t.Parallel()
	s := New("node_auth", Options{Users: 250})
	for query, want := range map[string]struct{ rows, total int }{
		"":                             {20, 21},
		"?limit=100":                   {100, 101},
		"?limit=100&offset=100":        {100, 201},
		"?limit=100&offset=200":        {50, 250},
		"?limit=100&offset=300":        {0, 300},
		"?limit=500":                   {100, 101},
		"?limit=0":                     {0, 0},
		"?limit=abc":                   {0, 0},
		"?limit=-5":                    {0, 0},
		"?limit=1&offset=x":            {1, 2},
		"?filter=lovelace&limit=100":   {36, 36},
		"?filter=lovelace&offset=30":   {6, 36},
		"?filter=lovelace&offset=9999": {0, 9999},
	} {
		got := get(t, s, query)
		body := decoded(t, got)
		if rows := len(idsIn(t, got, "users")); rows != want.rows || body["total"] != float64(want.total) {
			t.Errorf("%q: %d rows, total %v, want %v", query, rows, body["total"], want)
		}
	}
}

func TestNodeAuthFilterLooksThroughTheFirst500(t *testing.T) {
	t.Parallel()
	s := New("node_auth", Options{Users: 1000})
	if got := idsIn(t, get(t, s, "?filter=user0000499"), "users"); len(got) != 1 {
		t.Errorf("got %v", got)
	}
	if got := idsIn(t, get(t, s, "?filter=user0000500"), "users"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
}

func TestNodeAuthOneUser(t *testing.T) {
	t.Parallel()
	s := New("node_auth", Options{Users: 3})
	want(t, get(t, s, "/usr_0000001"), http.StatusOK,
		`{"id":"usr_0000001","email":"user0000001@example.com","role":"user","isEmailVerified":true,"isTotpEnabled":false}`)
	status(t, get(t, s, "/nobody"), http.StatusNotFound)
	status(t, ask(t, s, "DELETE", s.Path()+"/usr_0000001", ""), http.StatusOK)
	status(t, ask(t, s, "DELETE", s.Path()+"/usr_0000001", ""), http.StatusNotFound)
	status(t, get(t, s, "", "Authorization", ""), http.StatusUnauthorized)
	status(t, get(t, s, "", "Authorization", "Bearer wrong"), http.StatusForbidden)
	status(t, ask(t, s, "POST", s.Path(), `{}`), http.StatusNotFound)
}
