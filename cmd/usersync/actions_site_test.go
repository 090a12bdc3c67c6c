package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/logtest"
	"usersync/models"
	usersync "usersync/sync"
)

const actionSecret = "c2VjcmV0LXRoYXQtaXMtdGhpcnR5LXR3by1ieXRlcw=="

// receiver is an app that takes the messages of an action, if it finds them signed.
type receiver struct {
	t      *testing.T
	server *httptest.Server

	mu   sync.Mutex
	came map[string]int // tries, by message
	// answer says how the n-th try of a message is answered.
	answer func(w http.ResponseWriter, r *http.Request, n int)
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{t: t, came: map[string]int{}, answer: func(http.ResponseWriter, *http.Request, int) {}}
	r.server = httptest.NewServer(r)
	t.Cleanup(r.server.Close)
	return r
}

// ServeHTTP checks what docs/ACTIONS.md tells receivers to check.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	id, seconds := request.Header.Get("webhook-id"), request.Header.Get("webhook-timestamp")
	key, _ := base64.StdEncoding.DecodeString(actionSecret)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
	want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	at, _ := strconv.ParseInt(seconds, 10, 64)
	if err != nil || request.Header.Get("webhook-signature") != want || time.Since(time.Unix(at, 0)).Abs() > time.Minute || string(body) != `{"of":"`+id+`"}` || request.URL.Path != "/secret-path" {
		r.t.Errorf("%v %s %v %s", err, request.URL, request.Header, body)
	}
	r.mu.Lock()
	r.came[id]++
	n, answer := r.came[id], r.answer
	r.mu.Unlock()
	answer(w, request, n)
}

func (r *receiver) answers(answer func(w http.ResponseWriter, r *http.Request, n int)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func (r *receiver) tries(id string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.came[id]
}

// actionsConfig writes a configuration with one action that is sent to the receiver, which
// has all the time that there is: a message that is tried twice is the daemon's doing then.
func actionsConfig(t *testing.T, databaseURL, receiverURL string) (file string) {
	t.Helper()
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0'}\ndatabase: {url: '%s', migrate: true, %s}\nproviders:\n  authon: {type: authon, secrets: [%s]}\n"+
		"actions:\n  notify.chat:\n    label: Tell the team\n    category: notify\n    depends_on: [user.ban]\n    url: %s/secret-path\n    secret: whsec_%s\n    timeout: 30s\n",
		databaseURL, unhurried, testSecret("authon"), receiverURL, actionSecret)
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// postMessages stores messages as the engine of a replica would.
func postMessages(t *testing.T, databaseURL, user string, ids ...string) {
	t.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	d := &usersync.Delivery{}
	for _, id := range ids {
		d.Messages = append(d.Messages, usersync.Message{ID: id, Provider: "authon", UserID: user, Action: "notify.chat", Body: []byte(`{"of":"` + id + `"}`), ReceivedAt: now()})
	}
	if r := newEngine(db, quietLog()).Apply(t.Context(), []*usersync.Delivery{d})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
}

// messages are the states of those that are kept.
func messages(t *testing.T, databaseURL string) map[string]usersync.MessageState {
	t.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	return messagesIn(t, db)
}

func messagesIn(t *testing.T, db *models.DB) map[string]usersync.MessageState {
	t.Helper()
	stored, err := db.OutboxMessages(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]usersync.MessageState{}
	for _, m := range stored {
		all[m.ID] = m
	}
	return all
}

// untilSent waits until all of these messages are noted as sent. It looks often: a
// connection for each look would cost a processor more than the daemon.
func untilSent(t *testing.T, databaseURL string, log *logtest.Log, ids ...string) {
	t.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var kept map[string]usersync.MessageState
	until(t, func() bool {
		kept = messagesIn(t, db)
		for _, id := range ids {
			if kept[id].Outcome != usersync.MessageSent {
				return false
			}
		}
		return true
	}, func() string { return fmt.Sprintf("%+v\n%s", kept, log) })
}

// endLoans makes what is lent due, as if the time of the loans had passed.
func endLoans(t *testing.T, databaseURL string) {
	t.Helper()
	statement, driver := "UPDATE usersync.outbox SET due_at = received_at WHERE due_at IS NOT NULL", "pgx"
	if file, sqlite := strings.CutPrefix(databaseURL, "sqlite:"); sqlite {
		driver, databaseURL, statement = "sqlite", file, strings.Replace(statement, "usersync.", "usersync_", 1)
	}
	db, err := sql.Open(driver, databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}
