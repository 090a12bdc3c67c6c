package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// 300 users are erased over another connection while the daemon is told of them,
// also what it does not understand, and while backfills list them: 0 come back.
func TestErasureBesideEverything(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const users = 300
		site := newBackfillSite(t, "authon", databaseURL, users)
		daemon := startConfigured(t, site.config, databaseURL)
		random := rand.New(rand.NewPCG(4, 300))
		stream := eventsAbout(t, daemon, users)
		random.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })

		var wait sync.WaitGroup
		var next, answered atomic.Int64
		turns := make(chan struct{}, len(stream)) // one for each who is to be erased by now
		for range 8 {
			wait.Go(func() {
				for {
					n := int(next.Add(1)) - 1
					if n >= len(stream) {
						return
					}
					if status, answer := daemon.post(http.DefaultClient, "authon", stream[n].header, stream[n].body); status != http.StatusOK {
						t.Errorf("%d %s", status, answer)
					}
					if answered.Add(1)%int64(len(stream)/users) == 0 {
						turns <- struct{}{}
					}
				}
			})
		}
		wait.Go(func() {
			for range 3 {
				if code, out, errs := daemon.run("backfill", "authon", "--restart"); code != exitOK {
					t.Errorf("exit code %d: %s%s", code, out, errs)
				}
			}
		})
		eraser, err := models.Open(databaseURL, models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer eraser.Close()
		removed := 0
		for _, n := range random.Perm(users) {
			<-turns
			done, err := eraser.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "authon", UserID: fmt.Sprintf("usr_%07d", n)}, now())
			if err != nil {
				t.Error(err)
			}
			if !done.Nothing() {
				removed++
			}
		}
		wait.Wait()
		rows, err := eraser.Users(t.Context())
		events, failed := eraser.ProcessedEvents(t.Context())
		letters, unread := eraser.DeadLetters(t.Context(), users)
		if err != nil || failed != nil || unread != nil || len(rows)+len(events)+len(letters)+queue(t, databaseURL) > 0 || removed < users/2 {
			t.Errorf("%d rows, %d events, %d dead letters; %d were there when they were erased; %v %v %v", len(rows), len(events), len(letters), removed, err, failed, unread)
		}
		t.Logf("%d of %d were there when they were erased, %d requests, 0 came back", removed, users, len(stream))
	})
}

// eventsAbout is what a provider may say of listed users, and something that is not
// understood of each.
func eventsAbout(t *testing.T, daemon *running, users int) (stream []webhook) {
	t.Helper()
	began := time.Now()
	for n := range users {
		user := fmt.Sprintf("usr_%07d", n)
		for _, event := range []string{"user.created", "user.updated", "user.banned", "user.unbanned", "user.deleted"} {
			header, body, err := daemon.providers["authon"].Build(event, providers.Sample{UserID: user, Email: user + "@example.com", Time: began})
			if err != nil {
				t.Fatal(err)
			}
			stream = append(stream, webhook{provider: "authon", header: header, body: body})
		}
		header, body := daemon.poisonous(user, began)
		stream = append(stream, webhook{provider: "authon", header: header, body: body})
	}
	return stream
}
