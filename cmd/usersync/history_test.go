package main

import (
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

// history is what happened at a provider and what reached us of it. Its clock
// counts seconds from a beginning.
type history struct {
	t        *testing.T
	zero     time.Time
	clock    atomic.Int64 // nanoseconds since zero, of provider and us alike
	api      *fakeprovider.Server
	url      string
	provider *providers.Provider
	said     []usersync.Command // by webhooks and lists, in no order
}

func newHistory(t *testing.T, kind string) *history {
	h := &history{t: t, zero: time.Now().Truncate(time.Second).Add(-time.Hour)}
	now := func() time.Time { return h.zero.Add(time.Duration(h.clock.Load())) }
	h.api = fakeprovider.New(kind, fakeprovider.Options{Population: fakeprovider.NewPopulation(0, now), Now: now})
	server := httptest.NewServer(h.api)
	t.Cleanup(server.Close)
	h.url = server.URL
	built, err := providers.New(kind, providers.Settings{Type: kind, Secrets: []secret.Text{secret.New("whsec_test")}})
	if err != nil {
		t.Fatal(err)
	}
	h.provider = built
	return h
}

// at sets the clock.
func (h *history) at(second float64) { h.clock.Store(int64(second * float64(time.Second))) }

func (h *history) instant(second float64) time.Time {
	return h.zero.Add(time.Duration(second * float64(time.Second)))
}

// webhook is an event that happened at a second, whenever it arrives.
func (h *history) webhook(second float64, event string) {
	h.t.Helper()
	header, body, err := h.provider.Build(event, providers.Sample{UserID: "u", Email: "event@example.com", Name: "By Event", EventID: event, Time: h.instant(second)})
	if err != nil {
		h.t.Fatal(err)
	}
	request := providers.Request{Header: header, Body: body, ReceivedAt: h.instant(second + 1)}
	proof, err := h.provider.Verify(request)
	if err != nil {
		h.t.Fatal(err)
	}
	d := h.provider.Decode(request, proof)
	if len(d.Commands) != 1 {
		h.t.Fatalf("%+v", d)
	}
	h.said = append(h.said, d.Commands...)
}

// list reads the provider's list by the clock as it stands, with a lag of a
// minute.
func (h *history) list() {
	h.t.Helper()
	base := h.url
	if h.provider.Type() == "node_auth" {
		base += "/admin"
	}
	lister, err := h.provider.Lister(providers.APISettings{
		URL: base, Key: secret.New(h.api.Key()), RateLimit: 1000,
		Clock: func() time.Time { return h.zero.Add(time.Duration(h.clock.Load())) },
	}, usersync.OriginBackfill)
	if err != nil {
		h.t.Fatal(err)
	}
	defer lister.Close()
	page, err := lister.Page(h.t.Context(), "")
	if err != nil || len(page.Letters) > 0 {
		h.t.Fatalf("%v, %+v", err, page.Letters)
	}
	h.said = append(h.said, page.Users...)
}

// user makes or changes the only user of the provider.
func (h *history) user(u fakeprovider.User) {
	h.t.Helper()
	u.ID = "u"
	if _, err := h.api.Users().Add(u); err != nil {
		h.t.Fatal(err)
	}
}

// ends returns how the row ends, which must not depend on the order in which
// things were said.
func (h *history) ends() usersync.View {
	h.t.Helper()
	var first *usersync.State
	permute(h.said, func(commands []usersync.Command) {
		var s usersync.State
		for i := range commands {
			s = usersync.Join(s, usersync.Facts(&commands[i]))
		}
		if first == nil {
			first = &s
		} else if !s.Equal(*first) {
			h.t.Errorf("the order counts: %+v and %+v", s, *first)
		}
	})
	return usersync.Project(first)
}

// permute calls visit with each order.
func permute(all []usersync.Command, visit func([]usersync.Command)) {
	var extend func(done, left []usersync.Command)
	extend = func(done, left []usersync.Command) {
		if len(left) == 0 {
			visit(done)
			return
		}
		for i := range left {
			extend(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
		}
	}
	extend(nil, all)
}

// Histories that go wrong where lists and events are compared by the time of
// arrival, or by a list's own idea of when it was true.
func TestHistoriesOfListsAndEvents(t *testing.T) {
	t.Parallel()
	isDeleted := func(v usersync.View) bool { return v.DeletedAt.Kind() == usersync.Time }
	mail := func(v usersync.View) string { return v.Columns[usersync.FieldEmail].Str() }
	for name, story := range map[string]struct {
		kind  string
		happy func(h *history)
		right func(v usersync.View) bool
	}{
		"a delete that is stamped before the page was asked for, and committed after": {"authon", func(h *history) {
			h.user(fakeprovider.User{Email: "list@example.com"})
			h.at(300)
			h.list() // still shows the user
			h.webhook(299.5, "user.deleted")
		}, isDeleted},
		"a list that lags shows a user who was deleted half a minute ago": {"authon", func(h *history) {
			h.user(fakeprovider.User{Email: "list@example.com"})
			h.webhook(270, "user.deleted")
			h.at(300)
			h.list()
		}, isDeleted},
		"a list that lags shows the old address": {"authon", func(h *history) {
			h.user(fakeprovider.User{Email: "old@example.com"})
			h.webhook(280, "user.updated")
			h.at(300)
			h.list()
		}, func(v usersync.View) bool { return mail(v) == "event@example.com" }},
		"a webhook that was lost is repaired by the next list": {"authon", func(h *history) {
			h.webhook(10, "user.created")
			h.at(20)
			h.user(fakeprovider.User{Email: "changed@example.com", Status: fakeprovider.Suspended})
			h.at(300)
			h.list()
		}, func(v usersync.View) bool { return mail(v) == "changed@example.com" && v.Suspended }},
		"events of whole seconds, and a list in the same second": {"authon", func(h *history) {
			h.at(360)
			h.user(fakeprovider.User{Email: "list@example.com"})
			h.at(420)
			h.list() // its instant is 360 or a second before
			h.webhook(360, "user.deleted")
		}, isDeleted},
		"a user who is made while the list is read": {"authon", func(h *history) {
			h.at(300)
			h.user(fakeprovider.User{Email: "list@example.com"})
			h.webhook(300, "user.created")
			h.at(300.4)
			h.list()
			h.webhook(300.8, "user.banned")
		}, func(v usersync.View) bool { return v.Suspended && !isDeleted(v) }},
		"a list without updated_at yields to an event of its last minute": {"node_auth", func(h *history) {
			h.user(fakeprovider.User{Email: "old@example.com"})
			h.webhook(290, "identity.user.created")
			h.at(300)
			h.list()
		}, func(v usersync.View) bool { return mail(v) == "event@example.com" }},
		"a list without updated_at repairs what is older": {"node_auth", func(h *history) {
			h.user(fakeprovider.User{Email: "new@example.com"})
			h.webhook(100, "identity.user.created")
			h.at(300)
			h.list()
		}, func(v usersync.View) bool { return mail(v) == "new@example.com" }},
		"a ban, a later flag that lifts it, and a list that has it again": {"authon", func(h *history) {
			h.webhook(10, "user.banned")
			h.webhook(20, "user.updated") // isBanned false
			h.at(200)
			h.user(fakeprovider.User{Email: "list@example.com", Status: fakeprovider.Suspended})
			h.at(300)
			h.list()
		}, func(v usersync.View) bool {
			return v.Suspended && v.Columns[usersync.FieldSuspendedAt].Kind() == usersync.Time
		}},
		"an unban that no webhook told": {"authon", func(h *history) {
			h.webhook(10, "user.banned")
			h.at(100)
			h.user(fakeprovider.User{Email: "list@example.com"})
			h.at(300)
			h.list()
		}, func(v usersync.View) bool { return !v.Suspended }},
		"two lists, of which the older arrives last": {"authon", func(h *history) {
			h.at(100)
			h.user(fakeprovider.User{Email: "old@example.com"})
			h.at(300)
			h.list()
			h.at(400)
			if _, err := h.api.Users().Update("u", func(u *fakeprovider.User) { u.Email = "new@example.com" }); err != nil {
				h.t.Fatal(err)
			}
			h.at(500)
			h.list()
		}, func(v usersync.View) bool { return mail(v) == "new@example.com" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHistory(t, story.kind)
			story.happy(h)
			if view := h.ends(); !story.right(view) {
				t.Errorf("ends as %+v", view)
			}
		})
	}
}
