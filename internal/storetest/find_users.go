package storetest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	usersync "usersync/sync"
)

// foundIn returns the ids of all whom a search finds, so many at a time, as "p/u1".
func foundIn(t *testing.T, s Inspector, search usersync.UserSearch, limit int) (ids []string) {
	t.Helper()
	rows := s.Rows()
	for {
		users, err := s.FindUsers(t.Context(), search, limit)
		if err != nil || len(users) > limit {
			t.Fatalf("%+v: %d users, %v", search, len(users), err)
		}
		for _, u := range users {
			ids = append(ids, u.Provider+"/"+u.UserID)
			row := rows[u.UserKey]
			row.View.Columns[usersync.FieldMetadata], u.View.Columns[usersync.FieldMetadata] = usersync.NullValue(), usersync.NullValue()
			if !u.View.Equal(&row.View) || u.CreatedAt != row.CreatedAt || u.UpdatedAt != row.UpdatedAt {
				t.Errorf("found %+v, want %+v", u, row)
			}
			search.After = u.UserKey
		}
		if len(users) == 0 {
			return ids
		}
	}
}

// Users are found by what is known of them, each once, in the order of their keys.
func finding(t *testing.T, s Inspector) {
	e := Engine(s)
	add := func(provider, id, email string, kinds ...usersync.Kind) {
		for i, kind := range append([]usersync.Kind{usersync.KindCreated}, kinds...) {
			c := command1(id, fmt.Sprint("e", i), kind, i)
			c.Provider = provider
			c.Fields[usersync.FieldEmail] = usersync.TextValue(email)
			apply(t, e, c)
		}
	}
	add("p", "alice", "Alice@Example.com")
	add("q", "alice2", "alice@example.com")
	add("r", "gone", "alice@example.com", usersync.KindDeleted)
	add("p", "ALICE", "other@x", usersync.KindBanned)
	add("p", "al%ce", "alice%@x")
	add("p", "al_ce", "_@x")
	add("p", `al\ce`, `\@x`)
	add("p", "a\u00ff", "ä@x")
	add("q", "a\ud7ff", "a\ud7ff@x")
	add("q", "a\ue000", "b@x")
	add("q", "a\U0010ffff", "c@x")
	add("q", "a\U0010ffffz", "d@x")
	add("q", "b", "alic")
	ordered := []string{"p/ALICE", "p/al%ce", `p/al\ce`, "p/al_ce", "p/alice", "p/a\u00ff", "q/alice2", "q/a\ud7ff", "q/a\ue000", "q/a\U0010ffff", "q/a\U0010ffffz", "q/b", "r/gone"}
	id := usersync.UserKey{Provider: "p", UserID: "alice"}.ID().String()
	gone := usersync.UserKey{Provider: "r", UserID: "gone"}.ID().String()
	for _, c := range []struct {
		provider, text string
		want           []string
	}{
		{"", "", ordered},
		{"p", "", ordered[:6]},
		{"q", "", ordered[6:12]},
		{"none", "", nil},
		{"", "ALICE@example.COM", []string{"p/alice", "q/alice2"}},
		{"q", "ALICE@example.COM", []string{"q/alice2"}},
		{"", "ä@x", []string{"p/a\u00ff"}},
		{"", "alice", []string{"p/alice", "q/alice2"}},
		{"p", "alice", []string{"p/alice"}},
		{"r", "alice", nil},
		{"", "al", []string{"p/al%ce", `p/al\ce`, "p/al_ce", "p/alice", "q/alice2"}},
		{"", "alic", []string{"p/alice", "q/alice2", "q/b"}}, // of whom one has it for an address
		{"", "al%", []string{"p/al%ce"}},
		{"", "al_", []string{"p/al_ce"}},
		{"", `al\`, []string{`p/al\ce`}},
		{"", "a\ud7ff", []string{"q/a\ud7ff"}},
		{"", "a\U0010ffff", []string{"q/a\U0010ffff", "q/a\U0010ffffz"}},
		{"", id, []string{"p/alice"}},
		{"", strings.ToUpper(id), []string{"p/alice"}},
		{"q", id, nil},
		{"", gone, []string{"r/gone"}},
		{"", strings.ReplaceAll(id, "-", ""), nil},
		{"", "g", []string{"r/gone"}},
		{"", " alice", nil},
	} {
		for _, limit := range []int{1, 2, 100} {
			if got := foundIn(t, s, usersync.UserSearch{Provider: c.provider, Text: c.text}, limit); !slices.Equal(got, c.want) {
				t.Errorf("%q of %q, %d at a time: %q, want %q", c.text, c.provider, limit, got, c.want)
			}
		}
	}
	for _, text := range hostileTexts {
		for _, search := range []usersync.UserSearch{{Text: text}, {Provider: text}, {Provider: text, Text: text}, {Provider: "p", Text: text}} {
			if got := foundIn(t, s, search, 10); len(got) != 0 {
				t.Errorf("%+v: %q", search, got)
			}
		}
		for _, after := range []usersync.UserKey{{Provider: text}, {Provider: "p", UserID: text}} {
			if _, err := s.FindUsers(t.Context(), usersync.UserSearch{After: after}, 10); err != nil && !errors.Is(err, usersync.ErrNoPlace) {
				t.Errorf("after %q: %v", after, err)
			}
		}
	}
}
