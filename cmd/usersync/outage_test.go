package main

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"
	"time"

	"usersync/internal/pgtest"
	"usersync/providers"
)

// The shortest timeout of a sender that is known is 5 s.
const answerLimit = 3 * time.Second

// While Postgres is away every delivery is answered 503 with Retry-After, in
// time; once it is back they are taken again, and nothing that got a 200 is
// missing, though the server was crashed and not stopped.
func TestPostgresAway(t *testing.T) {
	t.Parallel()
	cluster, err := pgtest.Start(pgtest.Options{Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cluster.Stop() })
	daemon := startDaemon(t, cluster.URL(), "")
	acknowledged := map[string]bool{}
	quickest := answerLimit // of one outage: one answer may meet a busy machine
	send := func(user string) (status int) {
		t.Helper()
		header, body, err := daemon.providers["authara"].Build("user.created", providers.Sample{UserID: user, EventID: user, Time: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		request, err := http.NewRequest(http.MethodPost, daemon.url+"/webhooks/authara", bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header = header
		began := time.Now()
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		quickest = min(quickest, time.Since(began))
		switch response.StatusCode {
		case http.StatusOK:
			acknowledged[user] = true
		case http.StatusServiceUnavailable:
			if response.Header.Get("Retry-After") == "" {
				t.Errorf("%s got a 503 without Retry-After", user)
			}
		default:
			t.Errorf("%s got %d", user, response.StatusCode)
		}
		return response.StatusCode
	}
	for round := range 3 {
		if status := send(fmt.Sprintf("before_%d", round)); status != http.StatusOK {
			t.Fatalf("round %d: %d", round, status)
		}
		if err := cluster.Down(); err != nil {
			t.Fatal(err)
		}
		quickest = answerLimit
		for i := range 3 {
			if status := send(fmt.Sprintf("away_%d_%d", round, i)); status != http.StatusServiceUnavailable {
				t.Errorf("round %d: %d without a database", round, status)
			}
		}
		if quickest >= answerLimit {
			t.Errorf("round %d: no answer within %v", round, answerLimit)
		}
		if err := cluster.Up(); err != nil {
			t.Fatal(err)
		}
	}
	if status := send("after"); status != http.StatusOK {
		t.Errorf("after the outage: %d", status)
	}
	users, err := daemon.inspect().Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		delete(acknowledged, u.ProviderUserID)
	}
	if len(acknowledged) != 0 {
		t.Errorf("acknowledged and missing: %v", acknowledged)
	}
}
