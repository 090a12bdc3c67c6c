package providers

import (
	"testing"

	usersync "usersync/sync"
)

// A ban that ends by itself: whether it still holds when the event happens
// decides, and the end is kept.
func TestBannedUntil(t *testing.T) {
	t.Parallel()
	user := `{access: [{until: banned_until}, {path: banned, banned: true, unbanned: false}]}`
	p := parts(t, "json", plainEvent, user)
	for body, want := range map[string][2]string{
		`"banned_until":"2126-01-15T12:00:00+00:00"`:        {"banned", `"2126-01-15T12:00:00.000000Z"`},
		`"banned_until":"2126-01-15 12:00:00+00"`:           {"banned", `"2126-01-15T12:00:00.000000Z"`},
		`"banned_until":"2026-01-15T12:00:00.000001Z"`:      {"banned", `"2026-01-15T12:00:00.000001Z"`},
		`"banned_until":"2026-01-15T12:00:00Z"`:             {"cleared", "-"},
		`"banned_until":"2020-01-15 12:00:00+00"`:           {"cleared", "-"},
		`"banned_until":null`:                               {"cleared", "-"},
		`"banned_until":"infinity"`:                         {"banned", "null"},
		`"banned_until":"-infinity"`:                        {"cleared", "-"},
		`"banned_until":null,"banned":true`:                 {"cleared", "-"},
		`"banned":true`:                                     {"banned", "-"},
		`"banned":false`:                                    {"unbanned", "-"},
		`"other":"2126-01-15T12:00:00+00:00"`:               {"", "-"},
		`"banned_until":"\u0032126-01-15T12:00:00.5+00"`:    {"banned", `"2126-01-15T12:00:00.500000Z"`},
		`"banned_until":"9999-12-31T23:59:59.999999+00:00"`: {"banned", `"9999-12-31T23:59:59.999999Z"`},
	} {
		c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,`+body+`}`))
		got := [2]string{[...]string{"", "unbanned", "banned", "cleared"}[c.Access], shown(&c, usersync.FieldSuspendedUntil)}
		if got != want {
			t.Errorf("%s gives %v, want %v", body, got, want)
		}
	}
	for _, body := range []string{`"banned_until":"soon"`, `"banned_until":true`, `"banned_until":4923547200`, `"banned_until":{}`, `"banned_until":""`} {
		if got := reason(t, decode(p, `{"event":"up","id":"u","at":1768478400,`+body+`}`)); got != badTime {
			t.Errorf("%s: %s", body, got)
		}
	}
	// The type of the event wins, and so does a field.
	if c := one(t, decode(p, `{"event":"bx","id":"u","at":1768478400,"banned_until":null}`)); c.Access != usersync.AccessBanned {
		t.Errorf("%d", c.Access)
	}
	p = parts(t, "json", plainEvent, `{fields: {suspended_until: lock.end}, access: {until: {time: {path: lock.until, unit: auto}}}}`)
	if c := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,"lock":{"until":4923547200000,"end":null}}`)); c.Access != usersync.AccessBanned || shown(&c, usersync.FieldSuspendedUntil) != "null" {
		t.Errorf("%+v", c)
	}
}

// Whatever comes first: the later event says whether the user is banned.
func TestBansUntilInAnyOrder(t *testing.T) {
	t.Parallel()
	p := parts(t, "json", plainEvent, `{access: {until: until}}`)
	var facts []usersync.State
	for _, body := range []string{
		`"at":1768478400,"until":"2126-01-15T12:00:00Z"`,
		`"at":1768478460,"until":"2126-01-16T12:00:00Z"`,
		`"at":1768478520,"until":null`,
		`"at":1768478520,"until":"2126-01-17T12:00:00Z"`, // in the same moment: the ban wins, with its end
	} {
		c := one(t, p.Decode(Request{Body: []byte(`{"event":"up","id":"u",` + body + `}`), ReceivedAt: noon.AddDate(0, 0, 1)}, Proof{}))
		facts = append(facts, usersync.Facts(&c))
	}
	for n, want := range map[int]string{2: `"2126-01-16T12:00:00.000000Z"`, 3: "null", 4: `"2126-01-17T12:00:00.000000Z"`} {
		permute(facts[:n], func(order []usersync.State) {
			var s usersync.State
			for _, f := range order {
				s = usersync.Join(s, f)
			}
			v := usersync.Project(&s)
			if got := string(showValue(v.Columns[usersync.FieldSuspendedUntil])); got != want || v.Suspended != (want != "null") {
				t.Errorf("of %d events: until %s, suspended %v", n, got, v.Suspended)
			}
		})
	}
}

// permute calls each with every order of the elements.
func permute[T any](all []T, each func([]T)) {
	var place func(k int)
	order := append([]T(nil), all...)
	place = func(k int) {
		if k == len(order) {
			each(order)
		}
		for i := k; i < len(order); i++ {
			order[k], order[i] = order[i], order[k]
			place(k + 1)
			order[k], order[i] = order[i], order[k]
		}
	}
	place(0)
}
