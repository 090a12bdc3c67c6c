package main

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	usersync "usersync/sync"
)

// The answer of each call is the row, under the names of the table's columns.
func TestAppWritesUsers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		made := s.ask("POST", "authon", `{"email":"ada@example.com","name":"Ada","metadata":{"plan":"pro","n":12345678901234567890},"external_id":"app-1"}`).
			want(http.StatusCreated, map[string]any{"provider": "authon", "email": "ada@example.com", "name": "Ada", "suspended": false, "deleted_at": nil})
		key := usersync.UserKey{Provider: "authon", UserID: made.id()}
		made.want(http.StatusCreated, map[string]any{"id": key.ID().String()})
		if !strings.Contains(made.text, `"metadata":{"n":12345678901234567890,"plan":"pro"}`) {
			t.Errorf("the metadata are not as they were sent: %s", made.text)
		}
		user, _, err := s.db.User(t.Context(), key)
		if err != nil || user.Email == nil || *user.Email != "ada@example.com" {
			t.Fatalf("the row: %+v, %v", user, err)
		}

		taken := s.ask("POST", "authon", `{"email":"other@example.com","external_id":"app-1"}`)
		if taken.says(http.StatusConflict, "a user with this external_id already"); taken.id() != key.UserID {
			t.Errorf("the answer names another user: %s", taken.text)
		}
		if rows := s.rows(); len(rows) != 1 {
			t.Errorf("%d rows after a conflict", len(rows))
		}
		path := "authon/" + key.UserID
		s.ask("PATCH", path, `{"name":"Ada L.","metadata":null}`).want(http.StatusOK, map[string]any{"name": "Ada L.", "metadata": nil, "email": "ada@example.com"})
		s.ask("PATCH", path, `{"suspended":true,"suspended_reason":"spam"}`).want(http.StatusOK, map[string]any{"suspended": true, "name": "Ada L."})
		s.ask("PATCH", path, `{"suspended":false,"name":"Ada"}`).want(http.StatusOK, map[string]any{"suspended": false, "name": "Ada"})
		s.ask("PATCH", path, `{"email":"new@example.com"}`).says(http.StatusUnprocessableEntity, "authon cannot change email")
		s.ask("PATCH", "authon/usr_nobody", `{"name":"n"}`).says(http.StatusNotFound, "no user with this id")
		if rows := s.rows(); len(rows) != 1 || rows[0].Suspended || *rows[0].Name != "Ada" {
			t.Errorf("the rows at the end: %+v", rows)
		}
		letters, err := s.db.DeadLetters(t.Context(), 10)
		if err != nil || len(letters) > 0 {
			t.Errorf("dead letters: %+v, %v", letters, err)
		}
	})
}

// The row that is answered has every column of the table but sync_state.
func TestAppSeesEveryColumn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		answered := slices.Sorted(maps.Keys(s.ask("POST", "authon/usr_0000001/ensure", "").want(http.StatusOK, nil).row))
		table, err := s.raw().QueryContext(t.Context(), "SELECT * FROM users")
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		got, err := table.Columns()
		if err = errors.Join(err, table.Err()); err != nil {
			t.Fatal(err)
		}
		got = slices.DeleteFunc(got, func(name string) bool { return name == "sync_state" })
		slices.Sort(got)
		if !slices.Equal(answered, got) {
			t.Errorf("the answer has %v, the table %v", answered, got)
		}
	})
}

// A provider that takes idempotency keys makes one user of two equal requests.
func TestAppCreatesTwice(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		body := `{"email":"ada@example.com","name":"Ada Lovelace"}`
		first := s.ask("POST", "authpi", body).want(http.StatusCreated, map[string]any{"name": "Ada Lovelace", "email": "ada@example.com"})
		if again := s.ask("POST", "authpi", body).want(http.StatusCreated, nil); again.id() != first.id() {
			t.Errorf("two users were made: %s, %s", first.text, again.text)
		}
		s.ask("POST", "authpi", `{"email":"ada@example.com","name":"Another"}`).says(http.StatusConflict, "409")
		s.ask("PATCH", "authpi/"+first.id(), `{"suspended":true}`).want(http.StatusOK, map[string]any{"suspended": true})
		if rows := s.rows(); len(rows) != 1 || !rows[0].Suspended {
			t.Errorf("the rows: %+v", rows)
		}
	})
}

// One request makes and bans a user; if the ban fails, the answer says who was
// made, and the row is there.
func TestAppCreatesSomebodyBanned(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	s.ask("POST", "authon", `{"email":"ada@example.com","suspended":true,"suspended_reason":"spam"}`).want(http.StatusCreated, map[string]any{"suspended": true})
	s.authon.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Route: fakeprovider.Ban})
	failed := s.ask("POST", "authon", `{"email":"eve@example.com","suspended":true}`)
	failed.says(http.StatusFailedDependency, "the user was made, but not banned: the provider answered 401")
	if row := s.rows()[1]; row.ProviderUserID != failed.id() || row.Suspended {
		t.Errorf("the row: %+v", row)
	}
}

// The sign-up race: the app has a user's id from a token, and no webhook came.
func TestAppEnsures(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		s.ask("POST", "authon/usr_0000003/ensure", "").want(http.StatusOK, map[string]any{"provider_user_id": "usr_0000003"})
		s.ask("POST", "authon/usr_nobody/ensure", "").says(http.StatusNotFound, "no user with this id")
		if rows := s.rows(); len(rows) != 1 {
			t.Errorf("%d rows", len(rows))
		}
		// What was fetched yields to a webhook of this moment, and stays deleted.
		s.event("authon", "user.deleted", "usr_0000003", time.Now())
		if again := s.ask("POST", "authon/usr_0000003/ensure", "").want(http.StatusOK, nil); again.row["deleted_at"] == nil {
			t.Errorf("a lagging fetch revived the user: %s", again.text)
		}
	})
}

// Many who ask for the same new users at once, while their webhooks arrive, get
// one row each and few fetches.
func TestAppEnsuresAtOnce(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		// While one fetch is under way the others of its user gather.
		s.authon.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: time.Second, Route: fakeprovider.Fetch})
		const users, each = 10, 12
		var crowd sync.WaitGroup
		for user := range users {
			id := fmt.Sprintf("usr_%07d", user)
			for range each {
				crowd.Go(func() {
					s.ask("POST", "authon/"+id+"/ensure", "").want(http.StatusOK, map[string]any{"provider_user_id": id})
				})
			}
			// Newer than all that is fetched, however long the crowd takes.
			crowd.Go(func() { s.event("authon", "user.created", id, time.Now().Add(time.Minute)) })
		}
		crowd.Wait()
		rows := s.rows()
		for _, row := range rows {
			if row.Name == nil || *row.Name != "Of An Event" {
				t.Errorf("the event is newer than what was fetched: %+v", row)
			}
		}
		fetches := s.authon.Counts().Requests[fakeprovider.Fetch]
		if len(rows) != users || fetches < users || fetches > users*each*3/4 {
			t.Errorf("%d rows after %d fetches for %d calls", len(rows), fetches, users*each)
		}
	})
}

// A wait is released by the webhook.
func TestAppWaits(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		s.ask("GET", "authon/u/wait?timeout=100ms", "").says(http.StatusNotFound, "no row of this user yet")
		released := make(chan reply, 1)
		go func() { released <- s.ask("GET", "authon/u/wait?timeout=20s", "") }()
		time.Sleep(100 * time.Millisecond)
		s.event("authon", "user.created", "u", time.Now())
		first := (<-released).want(http.StatusOK, map[string]any{"provider_user_id": "u", "suspended": false})

		after := fmt.Sprint(first.row["updated_at"])
		s.ask("GET", "authon/u/wait?timeout=100ms&after="+after, "").says(http.StatusConflict, "not been updated")
		go func() { released <- s.ask("GET", "authon/u/wait?timeout=20s&after="+after, "") }()
		time.Sleep(50 * time.Millisecond)
		s.event("authon", "user.banned", "u", time.Now())
		(<-released).want(http.StatusOK, map[string]any{"suspended": true})
	})
}
