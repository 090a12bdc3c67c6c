package providers

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// The requests are those that the provider's own client sent, to the byte.
func TestWritesAreTheRecordedRequests(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(w *Writer) error{
		"create": func(w *Writer) error {
			_, err := w.Create(t.Context(), user(t, "email", `"new@example.com"`, "name", `"New"`, "email_verified", "true", "external_id", "app-42", "metadata", `{"plan":"pro"}`))
			return err
		},
		"update": func(w *Writer) error {
			_, err := w.Update(t.Context(), user(t, "id", "usr_1", "metadata", `{"plan": "pro"}`))
			return err
		},
	} {
		recorded, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(readFile(t, "../internal/fakeprovider/testdata/authon-sdk-0.3.0-users-"+name+".request.http"))))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(recorded.Body)
		if err != nil {
			t.Fatal(err)
		}
		w, s := writing(t, "authon", saying(201, authonAnn))
		if err := call(w); err != nil {
			t.Error(err)
		}
		s.want(t, recorded.Method+" "+recorded.RequestURI+" "+string(body))
		_, header := s.requests()
		if h := header[0]; h.Get("X-Api-Key") != "id:"+apiKey || h.Get("Content-Type") != recorded.Header.Get("Content-Type") {
			t.Errorf("%v", h)
		}
	}
}

func TestCreateReadsTheAnswer(t *testing.T) {
	t.Parallel()
	w, _ := writing(t, "authon", saying(201, `{"data":{"user":`+authonAnn+`}}`))
	c, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`))
	if err != nil || c.UserID != "usr_1" || c.Provider != w.name || c.Origin != usersync.OriginHydrate || c.Kind != usersync.KindUpdated ||
		c.Fields[usersync.FieldName] != usersync.TextValue("Ann") || c.Access != usersync.AccessUnbanned || c.OccurredAt < c.UpdatedAt || c.UpdatedAt == 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A ban is a call of its own; an answer that shows no user is followed by a
// fetch; there is nothing to clear in a new user.
func TestCallsOfAuthon(t *testing.T) {
	t.Parallel()
	const users = "/v1/backend/users"
	ok, nothing := saying(200, authonAnn), saying(204, "")
	for name, c := range map[string]struct {
		update  bool
		user    []string
		answers []http.HandlerFunc
		want    []string
	}{
		"ban": {true, []string{"id", "usr_1", "suspended", "true", "suspended_reason", `"spam"`}, []http.HandlerFunc{nothing, ok},
			[]string{"POST " + users + `/usr_1/ban {"reason":"spam"}`, "GET " + users + "/usr_1"}},
		"unban":           {true, []string{"id", "usr_1", "suspended", "false"}, []http.HandlerFunc{saying(201, `{"success":true}`), ok}, []string{"POST " + users + "/usr_1/unban", "GET " + users + "/usr_1"}},
		"change, and ban": {true, []string{"id", "usr_1", "name", "null", "suspended", "true"}, []http.HandlerFunc{ok, ok}, []string{"PATCH " + users + `/usr_1 {"displayName":null}`, "POST " + users + "/usr_1/ban"}},
		"nothing to say":  {true, []string{"id", "usr_1"}, []http.HandlerFunc{ok}, []string{"GET " + users + "/usr_1"}},
		"odd id":          {true, []string{"id", "a/../b", "phone", `"+1"`}, []http.HandlerFunc{saying(200, `{"id":"a/../b"}`)}, []string{"PATCH " + users + `/a%2F..%2Fb {"phone":"+1"}`}},
		"another's answer": {true, []string{"id", "usr_1", "phone", `"+1"`}, []http.HandlerFunc{saying(200, `{"id":"usr_2"}`), ok},
			[]string{"PATCH " + users + `/usr_1 {"phone":"+1"}`, "GET " + users + "/usr_1"}},
		"again": {true, []string{"id", "usr_1", "phone", `"+1"`}, []http.HandlerFunc{status(500), status(429, "Retry-After", "0"), half(authonAnn), ok},
			[]string{"PATCH " + users + `/usr_1 {"phone":"+1"}`, "PATCH " + users + `/usr_1 {"phone":"+1"}`, "PATCH " + users + `/usr_1 {"phone":"+1"}`, "PATCH " + users + `/usr_1 {"phone":"+1"}`}},
		"new and banned": {false, []string{"email", `"ann@example.com"`, "name", "null", "suspended", "true"}, []http.HandlerFunc{ok, ok},
			[]string{"POST " + users + ` {"email":"ann@example.com"}`, "POST " + users + "/usr_1/ban"}},
		"new and not banned": {false, []string{"email", `"ann@example.com"`, "suspended", "false"}, []http.HandlerFunc{ok}, []string{"POST " + users + ` {"email":"ann@example.com"}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, s := writing(t, "authon", c.answers...)
			call := w.Create
			if c.update {
				call = w.Update
			}
			u := user(t, c.user...)
			got, err := call(t.Context(), u)
			if want := u.ID; err != nil || got.UserID == "" || want != "" && got.UserID != want {
				t.Errorf("%+v, %v", got, err)
			}
			s.want(t, c.want...)
		})
	}
}

func TestCallsOfAuthPI(t *testing.T) {
	t.Parallel()
	const users, answer = "/v1/accounts/a/issuers/i/users", `{"id":"user_1","username_type":"email","username":"ann@example.com","status":"suspended"}`
	w, s := writing(t, "authpi", saying(201, answer), saying(200, answer), saying(200, answer), saying(200, answer))
	if _, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`, "name", `"Ann van Lee"`, "suspended", "true")); err != nil {
		t.Error(err)
	}
	c, err := w.Update(t.Context(), user(t, "id", "user_1", "name", `"Ann"`, "suspended", "false", "metadata", "null"))
	if err != nil || c.Access != usersync.AccessBanned {
		t.Errorf("%+v, %v", c, err)
	}
	s.want(t,
		"POST "+users+` {"username_type":"email","username":"ann@example.com","profile":{"first_name":"Ann","last_name":"van Lee"}}`,
		"GET "+users+"/user_1",
		"PATCH "+users+`/user_1 {"status":"suspended"}`,
		"PATCH "+users+`/user_1 {"profile":{"first_name":"Ann","last_name":null},"metadata":null,"status":"active"}`,
	)
	_, header := s.requests()
	if user, password, _ := (&http.Request{Header: header[0]}).BasicAuth(); user != "id" || password != apiKey {
		t.Error("no basic auth")
	}
}

// What a provider cannot write is said before anything is sent.
func TestUnwritableColumns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ          string
		update       bool
		column, want string
		user         []string
	}{
		{"authon", true, "email", "authon cannot change email: it is set when the user is created", []string{"id", "u", "name", `"A"`, "email", `"b@example.com"`}},
		{"authon", false, "username", "authon cannot write username: leave it out", []string{"username", `"b"`}},
		{"authon", true, "suspended_reason", "authon takes suspended_reason only with a ban", []string{"id", "u", "suspended", "false", "suspended_reason", `"x"`}},
		{"authpi", false, "external_id", "authpi cannot write external_id", []string{"email", `"b@example.com"`, "external_id", "x"}},
		{"authpi", true, "last_sign_in_at", "authpi cannot write last_sign_in_at", []string{"id", "u", "last_sign_in_at", `"2026-01-15T12:00:00Z"`}},
		{"authpi", true, "email", "authpi cannot clear email", []string{"id", "u", "email", "null"}},
		{"authon", true, "id", "the id of the user is missing", []string{"name", `"A"`}},
	} {
		w, s := writing(t, c.typ)
		call := w.Create
		if c.update {
			call = w.Update
		}
		_, err := call(t.Context(), user(t, c.user...))
		wantError(t, err, c.want)
		var unwritable *UnwritableError
		if !errors.As(err, &unwritable) || unwritable.Column != c.column {
			t.Errorf("%v", err)
		}
		s.want(t)
	}
}

// A provider without such an API says so, and what to do instead; the sentence
// is the definition's.
func TestWhoCannotBeWritten(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"node_auth": "POST /auth/register", "authara": "a sign-up needs the browser's CSRF token", "authon_pro": "no call that makes or changes a user is documented",
	} {
		_, err := open(t, typ, nil).Writer(fastAPI("http://127.0.0.1:1"))
		wantError(t, err, typ+" has no way to write users: ")
		wantError(t, err, want)
	}
	_, err := described(t, "").Writer(fastAPI("http://127.0.0.1:1"))
	wantError(t, err, "has no way to write users: change them at the provider itself")
	s := fastAPI("")
	s.Variant = "dashboard"
	_, err = open(t, "authon", nil).Writer(s)
	wantError(t, err, "authon (api.variant dashboard) has no way to write users")
	_, err = open(t, "authpi", nil).Writer(fastAPI("http://x"))
	wantError(t, err, "api.params.account_id is missing")
}

func TestColumnsOfAWriter(t *testing.T) {
	t.Parallel()
	for typ, want := range map[string]string{
		"authon": "avatar_url email email_verified external_id metadata name phone suspended suspended_reason",
		"authpi": "email metadata name suspended",
	} {
		w, _ := writing(t, typ)
		if got := strings.Join(w.Columns(), " "); got != want {
			t.Errorf("%s: %s", typ, got)
		}
		if w.Finds("email") != (typ == "authon") || w.Finds("external_id") != (typ == "authon") {
			t.Error("finds")
		}
	}
}

// What is so already is not sent.
func TestChanges(t *testing.T) {
	t.Parallel()
	have := usersync.Command{Access: usersync.AccessBanned, Fields: user(t, "email", `"ann@example.com"`, "name", `"Ann"`, "phone", "null", "metadata", `{"b":1,"a":2}`).Fields}
	for want, pairs := range map[string][]string{
		"":         {"email", `"Ann@Example.com"`, "name", `"Ann"`, "phone", "null", "username", "null", "metadata", `{"a":2, "b":1}`, "suspended", "true", "suspended_reason", `"x"`},
		"name":     {"name", `"Bob"`, "metadata", `{"a":2,"b":1}`},
		"phone":    {"phone", `""`},
		"metadata": {"metadata", `{"a":2}`},
		"email":    {"email", "null"},
		"access":   {"suspended", "false"},
	} {
		got := user(t, pairs...).Changes(have)
		if names := slices.Sorted(mapsKeys(got.values())); strings.Join(names, " ") != want || got.Empty() != (want == "") {
			t.Errorf("%q gives %q", want, names)
		}
	}
}

func mapsKeys(values bodyValues) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for name := range values {
			if !yield(name) {
				return
			}
		}
	}
}
