package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/rowtest"
	"usersync/internal/storetest"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// webhook is one signed request, and what it says.
type webhook struct {
	provider string
	header   http.Header
	body     []byte
	delivery *usersync.Delivery
}

// mixture builds count distinct requests of all providers that can be signed for, about few users.
func mixture(t *testing.T, built map[string]*providers.Provider, random *rand.Rand, count, users int) []webhook {
	t.Helper()
	names := providers.Signable()
	events := map[string][]string{}
	for _, name := range names {
		events[name] = steady(t, built[name])
	}
	now := time.Now()
	hooks := make([]webhook, count)
	for i := range hooks {
		p := built[names[i%len(names)]]
		mine := events[p.Name()]
		sample := providers.Sample{
			UserID:  fmt.Sprintf("usr_%d", random.IntN(users)),
			EventID: fmt.Sprintf("evt_%d", i),
			Email:   fmt.Sprintf("u%d@example.com", random.IntN(1000)),
			Name:    fmt.Sprintf("Name %d", random.IntN(1000)),
			// Distinct instants for those senders whose event ids are made
			// of the body; milliseconds, as they have.
			Time: now.Add(-time.Duration(i+1) * time.Millisecond),
		}
		var err error
		if hooks[i], err = signed(p, mine[random.IntN(len(mine))], sample, now); err != nil {
			t.Fatal(err)
		}
	}
	return hooks
}

// steady are the events of a provider that say the same whenever they come: not
// those that have no time but that of their arrival.
func steady(t *testing.T, p *providers.Provider) []string {
	t.Helper()
	now := time.Now()
	return slices.DeleteFunc(p.Events(), func(event string) bool {
		header, body, err := p.Build(event, providers.Sample{UserID: "u", EventID: "e", Time: now})
		if err != nil {
			t.Fatal(err)
		}
		var times [2][]usersync.Micros
		for i := range times {
			r := providers.Request{Header: header, Body: body, ReceivedAt: now.Add(time.Duration(i) * time.Second)}
			proof, err := p.Verify(r)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Decode(r, proof).Commands {
				times[i] = append(times[i], c.OccurredAt)
			}
		}
		return !slices.Equal(times[0], times[1])
	})
}

// signed builds a request that arrives at an instant, and reads it.
func signed(p *providers.Provider, event string, sample providers.Sample, at time.Time) (webhook, error) {
	header, body, err := p.Build(event, sample)
	if err != nil {
		return webhook{}, err
	}
	r := providers.Request{Header: header, Body: body, ReceivedAt: at}
	proof, err := p.Verify(r)
	if err != nil {
		return webhook{}, err
	}
	return webhook{p.Name(), header, body, p.Decode(r, proof)}, nil
}

// 20 000 webhooks of all providers that can be signed for, shuffled, one in five a repetition, and some
// repeated with another time of sending, over 64 connections: every row is the fold of what was said, and the claims add up.
func TestMixedWebhooksEndAsTheFold(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) { mixedWebhooks(t, databaseURL, 16_000) })
}

// The same at a distance from the database where several transactions are on their way at once.
func TestMixedWebhooksFarFromTheDatabase(t *testing.T) {
	t.Parallel()
	proxy, through := behind(t, databaseURLs["postgres"](t))
	proxy.SetDelay(time.Millisecond, 2*time.Millisecond)
	mixedWebhooks(t, through, 4_000)
}

func mixedWebhooks(t *testing.T, databaseURL string, distinct int) {
	t.Helper()
	const connections = 64
	repeated := distinct / 4
	daemon := startDaemon(t, databaseURL, "log:\n  level: warn\n")
	random := rand.New(rand.NewPCG(20, 64))
	hooks := mixture(t, daemon.providers, random, distinct, 200)
	stream := slices.Clone(hooks)
	for range repeated {
		stream = append(stream, hooks[random.IntN(distinct)])
	}
	redelivered := restamped(t, daemon.providers["authpi"], hooks)
	if len(redelivered) < distinct/len(providers.Signable())/2 {
		t.Fatalf("only %d redeliveries with another time", len(redelivered))
	}
	stream = append(stream, redelivered...)
	random.Shuffle(len(stream), func(i, j int) { stream[i], stream[j] = stream[j], stream[i] })

	answers := postAll(t, daemon, stream, connections)

	var commands []usersync.Command
	claims := map[usersync.ClaimKey]bool{}
	said, ignored := 0, 0
	for _, h := range stream {
		if len(h.delivery.Letters) > 0 {
			t.Fatalf("a sample became a dead letter: %+v", h.delivery.Letters)
		}
		ignored += h.delivery.Ignored
		said += len(h.delivery.Commands)
		for _, c := range h.delivery.Commands {
			commands = append(commands, c)
			key := usersync.ClaimKey{OccurredAt: c.OccurredAt, EventID: c.EventID, UserKey: c.UserKey}
			if c.Unstable {
				key.OccurredAt = 0
			}
			claims[key] = true
		}
	}
	// Where the machine hung some were spooled, and no answer says what became of them.
	spooled := answers["spooled"]
	among := func(got, want int) bool { return got <= want && got >= want-spooled }
	if n := answers["duplicate"]; !among(n, said-len(claims)) {
		t.Errorf("%d answers duplicate, want %d", n, said-len(claims))
	}
	if n := answers["applied"] + answers["stale"]; !among(n, len(claims)) || n+answers["duplicate"]+spooled != said {
		t.Errorf("%d answers applied or stale, want %d; all: %v", n, len(claims), answers)
	}
	if answers["ignored"] != ignored {
		t.Errorf("%d answers ignored, want %d", answers["ignored"], ignored)
	}

	db := daemon.inspect()
	var events []models.ProcessedEvent
	until(t, func() bool {
		var err error
		if events, err = db.ProcessedEvents(t.Context()); err != nil {
			t.Fatal(err)
		}
		return spooled == 0 || len(events) >= len(claims)
	}, daemon.log.String)
	compareUsers(t, db, commands)
	stored := map[string]int{}
	for _, e := range events {
		stored[e.Outcome]++
	}
	if len(events) != len(claims) || !among(answers["applied"], stored["applied"]) || !among(answers["stale"], stored["stale"]) {
		t.Errorf("processed_events %v, answers %v, want %d rows", stored, answers, len(claims))
	}
	t.Logf("%d requests, answers %v, %d claims", len(stream), answers, len(events))
}

// postAll posts the stream over so many connections and counts the outcomes.
func postAll(t *testing.T, daemon *running, stream []webhook, connections int) map[string]int {
	t.Helper()
	answers := map[string]int{}
	var mu sync.Mutex
	var wait sync.WaitGroup
	work := make(chan webhook, len(stream))
	for _, h := range stream {
		work <- h
	}
	close(work)
	client := &http.Client{Transport: &http.Transport{MaxConnsPerHost: connections, MaxIdleConnsPerHost: connections}, Timeout: patience}
	defer client.CloseIdleConnections()
	for range connections {
		wait.Go(func() {
			for h := range work {
				status, answer := daemon.post(client, h.provider, h.header.Clone(), h.body)
				outcome, found := strings.CutPrefix(answer, `{"received":true,"outcome":"`)
				outcome, closed := strings.CutSuffix(outcome, `"}`)
				if status != http.StatusOK || !found || !closed {
					t.Errorf("%s: %d %s", h.provider, status, answer)
				}
				mu.Lock()
				answers[outcome]++
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	return answers
}

// compareUsers holds the users table against the pure fold of the commands.
func compareUsers(t *testing.T, db *models.DB, commands []usersync.Command) {
	t.Helper()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := storetest.Fold(commands)
	if len(users) != len(want) {
		t.Errorf("%d rows, want %d", len(users), len(want))
	}
	wrong := 0
	for _, u := range users {
		key := usersync.UserKey{Provider: u.Provider, UserID: u.ProviderUserID}
		state, known := want[key]
		if got, expected := rowtest.View(t, u), usersync.Project(&state); !known || !got.Equal(&expected) {
			if wrong++; wrong <= 3 {
				t.Errorf("%v:\n got %+v\nwant %+v", key, got, expected)
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d rows wrong", wrong)
	}
}
