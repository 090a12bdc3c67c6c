package providers

import (
	"fmt"
	"net/http"
	"testing"

	usersync "usersync/sync"
)

// writingListed makes a Writer of a definition whose bodies have arrays and
// whose users stand in the query.
func writingListed(t *testing.T, answers ...http.HandlerFunc) (*Writer, *script) {
	t.Helper()
	p := described(t, `
api: {auth: {bearer: true}, params: {team: {about: a team}, place: {about: a place, optional: true}}}
fetch: {path: /users, query: {user_id: "{id}"}, items: users, id: id, user: {fields: {email: email, name: name, phone: phone}}}
write:
  create:
    path: /user
    body:
      team: {param: team}
      at.place: {param: place}
      mails: {list: email}
      profile.given_name: {list: {split: name, take: first}}
      identities: {list: [{type: {const: email, with: email}, details.email: email}, {type: {const: phone, with: phone}, details.phone: phone}]}
  update: {path: /user, query: {id: "{id}"}, body: {mails: {list: email}}}
`)
	url, s := writingAt(t, answers...)
	settings := fastAPI(url)
	settings.Params = map[string]string{"team": `the "red" one`}
	w, err := p.Writer(settings)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w, s
}

func TestBodiesWithLists(t *testing.T) {
	t.Parallel()
	const found = `{"users":[{"id":"u 1","email":"ann@example.com"}]}`
	w, s := writingListed(t, saying(201, `{"id":"u 1","created":true}`), saying(200, found),
		saying(200, `{"id":"u 1","email":null}`), saying(200, `{"id":"u 1","email":"bo@example.com"}`))
	c, err := w.Create(t.Context(), user(t, "email", `"ann@example.com"`, "name", `"Ann Lee"`))
	if err != nil || c.UserID != "u 1" || c.Fields[usersync.FieldEmail] != usersync.TextValue("ann@example.com") {
		t.Errorf("an answer with nothing but the id is not followed by a fetch: %+v, %v", c, err)
	}
	for _, u := range []UserWrite{user(t, "id", "u 1", "email", "null"), user(t, "id", "u 1", "email", `"bo@example.com"`)} {
		if _, err := w.Update(t.Context(), u); err != nil {
			t.Error(err)
		}
	}
	s.want(t,
		`POST /user {"team":"the \"red\" one","mails":["ann@example.com"],"profile":{"given_name":["Ann"]},"identities":[{"type":"email","details":{"email":"ann@example.com"}}]}`,
		"GET /users?user_id=u+1",
		`PATCH /user?id=u+1 {"mails":[]}`,
		`PATCH /user?id=u+1 {"mails":["bo@example.com"]}`,
	)
	if columns := fmt.Sprint(w.Columns()); columns != "[email name phone]" {
		t.Errorf("it writes %s", columns)
	}
}

// The first of those who were found is the user; an empty list, or null, says
// that there is nobody; no list says nothing.
func TestFetchFromAList(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"users":[{"id":"u","email":"a@example.com"}]}`: "true <nil>",
		`{"users":[]}`:             "false <nil>",
		`{"users":null}`:           "false <nil>",
		`{"users":[{"id":"v"}]}`:   "the provider answered with another user than was asked for",
		`{"users":{"id":"u"}}`:     "the answer has no list of users at fetch.items",
		`{"id":"u"}`:               "the answer has no list of users at fetch.items",
		`{"users":["u"]}`:          "bad_envelope",
		`[{"id":"u"}]`:             "the answer has no list of users at fetch.items",
		`{"users":"[{\"id\":1}]"}`: "the answer has no list of users at fetch.items",
	} {
		url, _ := serving(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) })
		p := described(t, bearerAPI+`
fetch: {path: /users, query: {user_id: "{id}"}, items: users, id: id, user: same}
`)
		_, found, err := fetcherOf(t, p, fastAPI(url)).Fetch(t.Context(), "u")
		if err == nil {
			if got := fmt.Sprint(found, " ", err); got != want {
				t.Errorf("%s: %s, want %s", body, got, want)
			}
			continue
		}
		wantError(t, err, want)
	}
}
