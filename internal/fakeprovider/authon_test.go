package fakeprovider

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestAuthonUserIsTheRecordedOne compares bytes with the user of a recorded
// delivery.
func TestAuthonUserIsTheRecordedOne(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/authon-user.json")
	if err != nil {
		t.Fatal(err)
	}
	s := New("authon", Options{})
	if _, err := s.Users().Add(User{
		ID: "usr_2ef137ebd48a", Email: "u0-usr_2ef137ebd48a@example.com", Name: "Jane Roe 0",
		AvatarURL: "https://cdn.example.com/a.png", Verified: true, Status: Suspended, ExternalID: "app-1",
		Private: []byte(`{"a":1}`),
		Created: time.Date(2026, 11, 21, 1, 55, 46, 840_000_000, time.UTC),
		Updated: time.Date(2026, 11, 21, 1, 55, 46, 855_000_000, time.UTC),
	}); err != nil {
		t.Fatal(err)
	}
	shape := strings.ReplaceAll(strings.TrimSpace(string(text)), "proj_abc123", project)
	want(t, get(t, s, "/usr_2ef137ebd48a"), http.StatusOK, shape)
	want(t, get(t, s, "/by-external-id/app-1"), http.StatusOK, shape)
	want(t, get(t, s, ""), http.StatusOK, `{"data":[`+shape+`],"total":1,"page":1,"limit":20}`)
	status(t, get(t, s, "/nobody"), http.StatusNotFound)
	status(t, get(t, s, "/by-external-id/app-2"), http.StatusNotFound)
}

// TestAuthonTakesTheRecordedRequests sends what the provider's own client sent.
func TestAuthonTakesTheRecordedRequests(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{Key: "sk_test_research", Users: 130, Now: noon})
	want(t, recorded(t, s, "authon-sdk-0.3.0-users-list.request.http"), http.StatusOK, `{"data":[],"total":0,"page":2,"limit":100}`)

	status(t, recorded(t, s, "authon-sdk-0.3.0-users-create.request.http"), http.StatusCreated)
	made := get(t, s, "/by-external-id/app-42")
	want(t, made, http.StatusOK, `{"id":"usr_added0000130","projectId":"proj_demo","email":"new@example.com","displayName":"New",`+
		`"avatarUrl":null,"phone":null,"emailVerified":true,"phoneVerified":false,"isBanned":false,"publicMetadata":{"plan":"pro"},`+
		`"lastSignInAt":null,"signInCount":0,"createdAt":"2026-05-01T12:00:00.123Z","updatedAt":"2026-05-01T12:00:00.123Z"}`)

	if _, err := s.Users().Add(User{ID: "usr_1"}); err != nil {
		t.Fatal(err)
	}
	status(t, recorded(t, s, "authon-sdk-0.3.0-users-update.request.http"), http.StatusOK)
	if user, _ := s.Users().Get("usr_1"); string(user.Metadata) != `{"plan":"pro"}` {
		t.Errorf("got %s", user.Metadata)
	}
}

func TestAuthonPages(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{Users: 250})
	for query, rows := range map[string]int{
		"": 20, "?limit=100": 100, "?limit=1000": 100, "?page=3&limit=100": 50, "?page=4&limit=100": 0,
		"?page=13": 10, "?search=USER0000007@": 1, "?search=lovelace&limit=100": 36, "?search=nobody": 0,
	} {
		if got := idsIn(t, get(t, s, query), "data"); len(got) != rows {
			t.Errorf("%q: %d users, want %d", query, len(got), rows)
		}
	}
	body := decoded(t, get(t, s, "?search=lovelace&page=2&limit=30"))
	if body["total"] != 36.0 || len(body["data"].([]any)) != 6 {
		t.Errorf("got %v of %v", len(body["data"].([]any)), body["total"])
	}
	for _, query := range []string{"?page=0", "?page=x", "?limit=0", "?limit=-1"} {
		status(t, get(t, s, query), http.StatusBadRequest)
	}
	want(t, get(t, s, "", "X-Api-Key", ""), http.StatusUnauthorized, `{"statusCode":401,"message":"Invalid API key","error":"Unauthorized"}`)
	status(t, get(t, s, "", "X-Api-Key", "sk_test_other"), http.StatusUnauthorized)
	want(t, ask(t, s, http.MethodGet, "/v2/users", ""), http.StatusNotFound, `{"statusCode":404,"message":"Not Found","error":"Not Found"}`)
}

func TestAuthonWrites(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{Users: 5})
	at := func(rest string) string { return s.Path() + rest }
	status(t, ask(t, s, "POST", at(""), `{"email":"a@example.com","externalId":"x"}`), http.StatusCreated)
	status(t, ask(t, s, "POST", at(""), `{"email":"a@example.com"}`), http.StatusCreated)
	status(t, ask(t, s, "POST", at(""), `{"email":"b@example.com","externalId":"x"}`), http.StatusConflict)
	status(t, ask(t, s, "PATCH", at("/usr_0000001"), `{"externalId":"x"}`), http.StatusConflict)
	for _, body := range []string{``, `null`, `[]`, `{}`, `{"email":null}`, `{"email":1}`, `{"email":"c@example.com","publicMetadata":[]}`} {
		status(t, ask(t, s, "POST", at(""), body), http.StatusBadRequest)
	}
	status(t, ask(t, s, "PATCH", at("/usr_0000001"), `x`), http.StatusBadRequest)
	status(t, ask(t, s, "PATCH", at("/usr_0000001"), `{"phone":1}`), http.StatusBadRequest)
	status(t, ask(t, s, "PATCH", at("/nobody"), `{}`), http.StatusNotFound)

	before, _ := s.Users().Get("usr_0000001")
	status(t, ask(t, s, "PATCH", at("/usr_0000001"), `{"email":"other@example.com","displayName":null,"phone":"+1","publicMetadata":null,"privateMetadata":{"k":1}}`), http.StatusOK)
	user, _ := s.Users().Get("usr_0000001")
	if user.Email != before.Email || user.Name != "" || user.Phone != "+1" || user.Metadata != nil || string(user.Private) != `{"k":1}` ||
		user.AvatarURL != before.AvatarURL || user.Verified != before.Verified {
		t.Errorf("got %+v", user)
	}

	banned := decoded(t, ask(t, s, "POST", at("/usr_0000002/ban"), `{"reason":"spam"}`))
	if user, _ := s.Users().Get("usr_0000002"); banned["isBanned"] != true || user.BanReason != "spam" {
		t.Errorf("got %v, %+v", banned, user)
	}
	if unbanned := decoded(t, ask(t, s, "POST", at("/usr_0000002/unban"), ``)); unbanned["isBanned"] != false {
		t.Errorf("got %v", unbanned)
	}
	status(t, ask(t, s, "POST", at("/usr_0000002/ban"), ``), http.StatusCreated)
	status(t, ask(t, s, "POST", at("/usr_0000002/ban"), `{"reason":1}`), http.StatusBadRequest)
	status(t, ask(t, s, "POST", at("/nobody/ban"), ``), http.StatusNotFound)
	want(t, ask(t, s, "DELETE", at("/usr_0000002"), ``), http.StatusNoContent, "")
	status(t, ask(t, s, "DELETE", at("/usr_0000002"), ``), http.StatusNotFound)
}

func TestAuthonDashboard(t *testing.T) {
	t.Parallel()
	s := New("authon", Options{Users: 130})
	list := func(query string) []string {
		return idsIn(t, ask(t, s, "GET", dashboardPath+query, ""), "users")
	}
	if got := list("?limit=2&offset=128"); !slices.Equal(got, []string{"usr_0000128", "usr_0000129"}) {
		t.Errorf("got %v", got)
	}
	for query, rows := range map[string]int{"": 20, "?limit=500": 100, "?offset=130": 0, "?projectId=other": 0, "?projectId=proj_demo": 20, "?search=user0000001": 1} {
		if got := list(query); len(got) != rows {
			t.Errorf("%q: %d users, want %d", query, len(got), rows)
		}
	}
	want(t, ask(t, s, "GET", dashboardPath+"?limit=1", ""), http.StatusOK,
		`{"users":[{"id":"usr_0000000","email":"user0000000@example.com","displayName":"Ada Lovelace","avatarUrl":"https://cdn.example.com/0000000.png",`+
			`"isBanned":false,"signInCount":0,"lastSignInAt":null,"createdAt":"2023-11-14T22:13:20.000Z"}],"total":130}`)
	status(t, ask(t, s, "GET", dashboardPath+"?offset=-1", ""), http.StatusBadRequest)
	want(t, ask(t, s, "PATCH", dashboardPath+"/usr_0000000/ban", ""), http.StatusOK, `{"success":true}`)
	if user, _ := s.Users().Get("usr_0000000"); !user.Banned() {
		t.Error("not banned")
	}
	want(t, ask(t, s, "PATCH", dashboardPath+"/usr_0000000/unban", ""), http.StatusOK, `{"success":true}`)
	want(t, ask(t, s, "DELETE", dashboardPath+"/usr_0000000", ""), http.StatusOK, `{"success":true}`)
	status(t, ask(t, s, "DELETE", dashboardPath+"/usr_0000000", ""), http.StatusNotFound)
}
