package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// load is new users of all providers, posted until the daemon goes away.
type load struct {
	ending chan struct{} // closed before the daemon is ended
	wait   sync.WaitGroup
	mu     sync.Mutex
	acked  map[usersync.UserKey]bool // whose 200 arrived
}

// startLoad posts over so many connections. Its users begin with prefix.
func startLoad(t *testing.T, daemon *running, connections int, prefix string) *load {
	t.Helper()
	l := &load{ending: make(chan struct{}), acked: map[usersync.UserKey]bool{}}
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}, Timeout: patience}
	t.Cleanup(client.CloseIdleConnections)
	names := providers.Types()
	for worker := range connections {
		l.wait.Go(func() {
			for i := 0; ; i++ {
				key := usersync.UserKey{Provider: names[(worker+i)%len(names)], UserID: fmt.Sprintf("%s%d_%d", prefix, worker, i)}
				if !l.create(t, daemon, client, key) {
					return
				}
			}
		})
	}
	return l
}

// create posts one user, and reports whether the daemon is still there.
func (l *load) create(t *testing.T, daemon *running, client *http.Client, key usersync.UserKey) bool {
	header, body, err := daemon.providers[key.Provider].Build("user.created", providers.Sample{UserID: key.UserID, EventID: "evt_" + key.UserID, Time: time.Now()})
	if err != nil {
		t.Error(err)
		return false
	}
	status, answer, err := post(context.Background(), client, daemon.url+"/webhooks/"+key.Provider, header, body)
	switch {
	case err != nil: // refused or cut off: only while it ends
		select {
		case <-l.ending:
		case <-time.After(patience):
			t.Error(err)
		}
		return false
	case status == http.StatusOK && strings.Contains(answer, `"applied"`):
		l.mu.Lock()
		l.acked[key] = true
		l.mu.Unlock()
		return true
	default:
		t.Errorf("%d %s", status, answer)
		return false
	}
}

// awaitAcks waits until so many users are acknowledged.
func (l *load) awaitAcks(t *testing.T, count int) {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		l.mu.Lock()
		acked := len(l.acked)
		l.mu.Unlock()
		if acked >= count {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d acknowledged, want %d", acked, count)
		}
	}
}

// compare says which acknowledged users have no row or no claim. A row without
// an acknowledgement is right: the answer may be lost on the way.
func (l *load) compare(t *testing.T, db *models.DB) {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	events, err := db.ProcessedEvents(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	rows, claims := map[usersync.UserKey]bool{}, map[usersync.UserKey]bool{}
	for _, u := range users {
		rows[usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}] = true
	}
	for _, e := range events {
		claims[usersync.UserKey{Provider: e.Provider, UserID: e.ProviderUserID}] = true
	}
	from := map[string]int{}
	for key := range l.acked {
		from[key.Provider]++
		if !rows[key] || !claims[key] {
			t.Errorf("%v was acknowledged: row %v, claim %v", key, rows[key], claims[key])
		}
	}
	for _, name := range providers.Types() {
		if from[name] == 0 {
			t.Errorf("no user of %s was acknowledged: the test shows nothing of it", name)
		}
	}
	t.Logf("acknowledged %v, %d rows, %d claims", from, len(users), len(events))
}
