package fakeprovider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestAuthPIPages(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Users: 130})
	var ids []string
	cursor, pages := "", 0
	for more := true; more; pages++ {
		got := get(t, s, "?cursor="+cursor)
		page := idsIn(t, got, "data")
		ids = append(ids, page...)
		body := decoded(t, got)
		more = body["has_more"].(bool)
		if !more {
			if body["next_cursor"] != nil {
				t.Errorf("the last page has a cursor %v", body["next_cursor"])
			}
			break
		}
		if cursor = body["next_cursor"].(string); cursor != page[len(page)-1] {
			t.Fatalf("the cursor %s is not the last row", cursor)
		}
	}
	if len(ids) != 130 || pages != 2 || !slices.IsSorted(ids) {
		t.Errorf("got %d users, %d pages before the last", len(ids), pages)
	}
	if got := idsIn(t, get(t, s, "?limit=100"), "data"); len(got) != 100 {
		t.Errorf("got %d", len(got))
	}
	for _, query := range []string{"?limit=0", "?limit=101", "?limit=x", "?status=odd", "?cursor=nobody"} {
		status(t, get(t, s, query), http.StatusBadRequest)
	}
	if err := s.Users().Delete("usr_0000009"); err != nil {
		t.Fatal(err)
	}
	if got := idsIn(t, get(t, s, "?limit=1&cursor=usr_0000009"), "data"); got[0] != "usr_0000010" {
		t.Errorf("behind a deleted user comes %v", got)
	}
}

func TestAuthPIHidesNamesInTheList(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Users: 60})
	if list := get(t, s, "").Body.String(); strings.Contains(list, "@example.com") {
		t.Errorf("the list shows names: %s", list)
	}
	shape := `{"id":"usr_0000001","username_type":"email","username":%q,"status":"active",` +
		`"profile":{"first_name":"Zoë","last_name":"Hopper"},"region":"eu","metadata":{"plan":"pro","seats":5},` +
		`"created_at":"2023-11-14T22:13:21.000Z","updated_at":"2023-11-14T22:13:22.500Z"}`
	want(t, get(t, s, "/usr_0000001"), http.StatusOK, fmt.Sprintf(shape, "user0000001@example.com"))
	// printf %s user0000001@example.com | sha256sum
	want(t, get(t, s, "?limit=1&cursor=usr_0000000"), http.StatusOK,
		`{"data":[`+fmt.Sprintf(shape, "579469b148cd802bd4f721de096efa2567f0ad579f0a330d8df6d7b7edf1aeb9")+`],"has_more":true,"next_cursor":"usr_0000001"}`)
	status(t, get(t, s, "/nobody"), http.StatusNotFound)
}

func TestAuthPIStatuses(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Users: 100})
	for id, to := range map[string]string{"usr_0000001": "disabled", "usr_0000002": "deleted"} {
		status(t, ask(t, s, "PATCH", s.Path()+"/"+id, `{"status":"`+to+`"}`), http.StatusOK)
	}
	for query, users := range map[string]int{"active": 96, "suspended": 2, "disabled": 1, "deleted": 1, "": 100} {
		if got := idsIn(t, get(t, s, "?limit=100&status="+query), "data"); len(got) != users {
			t.Errorf("%s: %d users, want %d", query, len(got), users)
		}
	}
	got := get(t, s, "?limit=1&status=suspended")
	if body := decoded(t, got); body["has_more"] != true || body["next_cursor"] != "usr_0000049" {
		t.Errorf("got %v", body)
	}
}

func TestAuthPIAsksForAKeyPair(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Key: "id:secret"})
	got := get(t, s, "", "Authorization", "Bearer secret")
	want(t, got, http.StatusUnauthorized, `{"error":"unauthorized","error_description":"invalid API key"}`)
	if !strings.HasPrefix(got.Header().Get("WWW-Authenticate"), "Basic") {
		t.Errorf("got %v", got.Header())
	}
	status(t, get(t, s, "", "Authorization", ""), http.StatusUnauthorized)
	status(t, get(t, s, ""), http.StatusOK)
	status(t, ask(t, s, "GET", "/v1/accounts/other/issuers/iss_demo/users", ""), http.StatusNotFound)
}

func TestAuthPIWrites(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Users: 5})
	path := s.Path()
	post := `{"username_type":"email","username":"new@example.com","profile":{"first_name":"Ann","last_name":"Lee"},"metadata":{"a":1}}`
	made := ask(t, s, "POST", path, post, "Idempotency-Key", "k1")
	status(t, made, http.StatusCreated)
	want(t, ask(t, s, "POST", path, post, "Idempotency-Key", "k1"), http.StatusCreated, made.Body.String())
	status(t, ask(t, s, "POST", path, post, "Idempotency-Key", "k2"), http.StatusConflict)
	status(t, ask(t, s, "POST", path, `{"email":"user0000003@example.com"}`), http.StatusConflict)
	for _, body := range []string{``, `{}`, `{"username":1}`, `{"username":"a","profile":[]}`, `{"username":"a","profile":{"first_name":1}}`,
		`{"username":"a","status":"odd"}`, `{"username":"a","blocked":"x"}`, `{"username":"a","metadata":3}`} {
		status(t, ask(t, s, "POST", path, body), http.StatusBadRequest)
	}
	status(t, ask(t, s, "POST", path, `{"username_type":"username","username":"ann"}`), http.StatusCreated)
	old := decoded(t, ask(t, s, "POST", path, `{"email":"old@example.com","display_name":"Old Api"}`))
	if old["username"] != "old@example.com" || old["username_type"] != "email" {
		t.Errorf("got %v", old)
	}
	id := old["id"].(string)
	changed := decoded(t, ask(t, s, "PATCH", path+"/"+id, `{"profile":{"last_name":"New"},"blocked":true,"blocked_reason":"spam"}`))
	if user, _ := s.Users().Get(id); changed["status"] != "suspended" || user.Name != "Old New" || user.BanReason != "spam" || user.Email != "old@example.com" {
		t.Errorf("got %v, %+v", changed, user)
	}
	if changed = decoded(t, ask(t, s, "PATCH", path+"/"+id, `{"blocked":false}`)); changed["status"] != "active" {
		t.Errorf("got %v", changed)
	}
	status(t, ask(t, s, "PATCH", path+"/nobody", `{}`), http.StatusNotFound)
	status(t, ask(t, s, "PATCH", path+"/"+id, `[]`), http.StatusBadRequest)
	status(t, ask(t, s, "PATCH", path+"/"+id, `{"status":"odd"}`), http.StatusBadRequest)
}

func TestAuthPITakesANameOnce(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { ask(t, s, "POST", s.Path(), `{"email":"same@example.com"}`) })
	}
	group.Wait()
	if s.Users().Len() != 1 || s.Counts().Statuses[http.StatusConflict] != 19 {
		t.Errorf("%d users, %v", s.Users().Len(), s.Counts().Statuses)
	}
}
