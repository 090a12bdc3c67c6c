package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/fakeprovider"
	"usersync/internal/secret"
	"usersync/providers"
	usersync "usersync/sync"
)

// recordingLister keeps what a list said. It gives a page when it may.
type recordingLister struct {
	usersync.Lister
	await func(ctx context.Context, listed int)
	mu    sync.Mutex
	said  []usersync.Command
}

func (l *recordingLister) Page(ctx context.Context, cursor string) (usersync.Page, error) {
	l.mu.Lock()
	listed := len(l.said)
	l.mu.Unlock()
	l.await(ctx, listed)
	page, err := l.Lister.Page(ctx, cursor)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.said = append(l.said, page.Users...)
	return page, err
}

// A backfill of 100 000 users (on SQLite 30 000) while 20 000 webhooks (6 000) about the same
// users arrive, some of them newer than the list and some older: every row is the fold
// of all that was said.
func TestBackfillBesideWebhooks(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		users, hooks := 100_000, 20_000
		switch {
		case raceDetector:
			users, hooks = 10_000, 2_000
		case strings.HasPrefix(databaseURL, "sqlite:"):
			users, hooks = 30_000, 6_000
		}
		daemon := startDaemon(t, databaseURL, "log:\n  level: warn\n")
		api := fakeprovider.New("authon", fakeprovider.Options{Users: users, MaxPage: 1000})
		server := httptest.NewServer(api)
		defer server.Close()
		inner, err := daemon.providers["authon"].Lister(providers.APISettings{URL: server.URL, Key: secret.New(api.Key()), RateLimit: 1e6}, usersync.OriginBackfill)
		if err != nil {
			t.Fatal(err)
		}
		defer inner.Close()
		// Neither the list nor the webhooks get more than a quarter of their way
		// ahead of the other, whichever is faster here.
		const parts, lead = 40, 10
		var written, posted atomic.Int64 // users, and parts of the webhooks
		await := func(ctx context.Context, may func() bool) {
			for !may() && ctx.Err() == nil {
				time.Sleep(time.Millisecond)
			}
		}
		lister := &recordingLister{Lister: inner, await: func(ctx context.Context, listed int) {
			await(ctx, func() bool { return listed*parts/users <= int(posted.Load())+lead })
		}}

		random := rand.New(rand.NewPCG(100, 20))
		began := time.Now()
		stream := make([]webhook, hooks)
		for i := range stream {
			stream[i] = aboutListed(t, daemon.providers["authon"], random, users, began, i)
		}
		db := daemon.inspect()
		run, resumed, err := db.Runs().Begin(t.Context(), usersync.RunKey{Kind: usersync.RunBackfill, Provider: "authon"}, false, now())
		if err != nil || resumed {
			t.Fatal(err)
		}
		listing, over := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			defer over()
			job := usersync.Backfill{Lister: lister, Engine: newEngine(db, zerolog.Nop()), InFlight: pagesAhead, Together: min(usersTogether, users/20)}
			job.Report = func(c usersync.Counts) { written.Store(c.Users) }
			var err error
			run, err = job.Run(t.Context(), run)
			ended <- err
		}()
		answers := map[string]int{}
		for part := range slices.Chunk(stream, hooks/parts) {
			for _, h := range part { // a signature is too old after some minutes
				if err := daemon.providers[h.provider].Sign(h.header, h.body, time.Now()); err != nil {
					t.Fatal(err)
				}
			}
			await(listing, func() bool { return int(posted.Load()) <= int(written.Load())*parts/users+lead })
			for answer, n := range postAll(t, daemon, part, 32) {
				answers[answer] += n
			}
			posted.Add(1)
		}
		if err := <-ended; err != nil || int(run.Counts.Users) != users {
			t.Fatalf("%+v, %v", run, err)
		}
		awaitNoSpool(t, daemon.adminURL) // a busy database may have left some for later
		commands := lister.said
		for _, h := range stream {
			commands = append(commands, h.delivery.Commands...)
		}
		compareUsers(t, db, commands)
		if answers["applied"] < hooks/10 || answers["stale"] < hooks/20 {
			t.Errorf("the list and the webhooks hardly met: %v", answers)
		}
		t.Logf("%d users listed, %d changed, webhooks answered %v", run.Counts.Users, run.Counts.Changed, answers)
	})
}

// aboutListed is the i-th webhook about some listed user, from the last two
// minutes: the list is of a minute ago.
func aboutListed(t *testing.T, p *providers.Provider, random *rand.Rand, users int, now time.Time, i int) webhook {
	t.Helper()
	kinds := []string{"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"}
	header, body, err := p.Build(kinds[random.IntN(len(kinds))], providers.Sample{
		UserID: fmt.Sprintf("usr_%07d", random.IntN(users)), EventID: fmt.Sprintf("evt_%d", i),
		Email: fmt.Sprintf("hook%d@example.com", i), Name: fmt.Sprintf("Hook %d", i),
		Time: now.Add(-time.Duration(random.IntN(120_000)) * time.Millisecond),
	})
	if err != nil {
		t.Fatal(err)
	}
	request := providers.Request{Header: header, Body: body, ReceivedAt: now}
	proof, err := p.Verify(request)
	if err != nil {
		t.Fatal(err)
	}
	return webhook{p.Name(), header, body, p.Decode(request, proof)}
}
