package gormserver_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"gorm.io/gorm"

	"usersync/bench/fill"
	"usersync/bench/gormserver"
	"usersync/bench/traffic"
	"usersync/internal/pgtest"
)

// A rival that did less than it says would be no rival.
func TestRivalDoesItsWork(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t)
	begin := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	if err := fill.GORM(t.Context(), url, 3, begin.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	db, err := gormserver.Open(url, 4)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pool, err := db.DB(); err == nil {
			_ = pool.Close()
		}
	})
	handler := gormserver.New(db, traffic.Secret)
	mix := traffic.Mix{Host: "127.0.0.1", Path: "/webhooks/authon", Users: 1, Seed: 1}
	made := mix.Make(3, begin).Requests
	for i, c := range []struct {
		request []byte
		want    string
		name    string
	}{
		{made[1], "applied", "Jane Roe 1"},
		{made[1], "duplicate", "Jane Roe 1"},
		{made[0], "stale", "Jane Roe 1"},
		{made[2], "applied", "Jane Roe 2"},
	} {
		if status, outcome := deliver(t, handler, c.request); status != http.StatusOK || outcome != c.want {
			t.Errorf("%d: %d %s, want %s", i, status, outcome, c.want)
		}
		if user := read(t, db); *user.Name != c.name || *user.Email != traffic.UserID(0)+"@example.com" {
			t.Errorf("%d: %s, %s, want %s", i, *user.Name, *user.Email, c.name)
		}
	}
	wrong := bytes.Replace(made[2], []byte("Jane Roe 2"), []byte("Jane Doe 2"), 1)
	if status, _ := deliver(t, handler, wrong); status != http.StatusUnauthorized {
		t.Errorf("a body that was changed: %d", status)
	}
	unsigned := bytes.Replace(made[2], []byte("X-Authon-Signature"), []byte("X-Other-Signature"), 1)
	if status, _ := deliver(t, handler, unsigned); status != http.StatusUnauthorized {
		t.Errorf("without a signature: %d", status)
	}
	var events int64
	if err := db.Model(&gormserver.ProcessedEvent{}).Count(&events).Error; err != nil || events != 3 {
		t.Errorf("%d events, %v", events, err)
	}
	// One who was not there.
	mix.Users, mix.Seed = 1000, 2
	if status, outcome := deliver(t, handler, mix.Make(1, begin.Add(time.Second)).Requests[0]); status != http.StatusOK || outcome != "applied" {
		t.Errorf("a new user: %d %s", status, outcome)
	}
	var users int64
	if err := db.Model(&gormserver.User{}).Count(&users).Error; err != nil || users != 4 {
		t.Errorf("%d users, %v", users, err)
	}
}

func deliver(t *testing.T, handler http.Handler, raw []byte) (status int, outcome string) {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(raw)))
	if err != nil {
		t.Fatal(err)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, r)
	var body struct{ Outcome string }
	if err := json.Unmarshal(answer.Body.Bytes(), &body); err != nil {
		t.Fatal(err)
	}
	return answer.Code, body.Outcome
}

func read(t *testing.T, db *gorm.DB) (user gormserver.User) {
	t.Helper()
	if err := db.Take(&user, "provider_user_id = ?", traffic.UserID(0)).Error; err != nil {
		t.Fatal(err)
	}
	return user
}
