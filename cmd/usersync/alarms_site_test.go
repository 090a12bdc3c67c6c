package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
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

	"usersync/providers"
)

const adminToken = "token-of-the-operators"

// told is a notification as a receiver reads it.
type told struct {
	ID   string `json:"-"`
	Type string
	Data struct {
		Kind, Provider, Severity, Text, Remedy, Replica, URL string
		Since                                                time.Time
	}
}

// pager is an operator's receiver of notifications, which believes only what is signed.
type pager struct {
	t      *testing.T
	server *httptest.Server

	mu     sync.Mutex
	tries  []string // ids
	all    []told   // taken
	refuse int      // how many tries are answered 500 first
}

func newPager(t *testing.T) *pager {
	t.Helper()
	p := &pager{t: t}
	p.server = httptest.NewServer(p)
	t.Cleanup(p.server.Close)
	return p
}

// ServeHTTP verifies by the reference algorithm of Standard Webhooks: the HMAC-SHA256 of
// id, seconds and body, by the bytes behind whsec_.
func (p *pager) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	id, seconds := r.Header.Get("webhook-id"), r.Header.Get("webhook-timestamp")
	key, _ := base64.StdEncoding.DecodeString(actionSecret)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
	at, _ := strconv.ParseInt(seconds, 10, 64)
	signed := r.Header.Get("webhook-signature") == "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil))
	one := told{ID: id}
	if err != nil || !signed || time.Since(time.Unix(at, 0)).Abs() > time.Minute || r.Method != http.MethodPost || json.Unmarshal(body, &one) != nil || one.Data.Replica == "" || one.Data.URL == "" {
		p.t.Errorf("%v %s %v %s", err, r.URL, r.Header, body)
	}
	for _, secret := range []string{adminToken, actionSecret, testSecret("authon"), "secret-path"} {
		if strings.Contains(string(body), secret) {
			p.t.Errorf("a secret is told: %s", body)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.tries = append(p.tries, id)
	if p.refuse > 0 {
		p.refuse--
		w.WriteHeader(http.StatusInternalServerError)
		return
	}
	p.all = append(p.all, one)
}

// told are the notifications of a kind that were taken.
func (p *pager) told(kind string) (all []told) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range p.all {
		if one.Data.Kind == kind {
			all = append(all, one)
		}
	}
	return all
}

// await waits until the last word of a kind is of a type, and returns it.
func (p *pager) await(kind, typ string, log func() string) (last told) {
	p.t.Helper()
	until(p.t, func() bool {
		all := p.told(kind)
		if len(all) > 0 {
			last = all[len(all)-1]
		}
		return last.Type == "usersync.alarm."+typ
	}, func() string { return fmt.Sprintf("never %s %s: %+v\n%s", kind, typ, p.told(kind), log()) })
	return last
}

// alarmsSection tells the pager of everything. It has all the time that there is: who is
// told twice is so by the daemon.
func alarmsSection(p *pager, more string) string {
	return fmt.Sprintf("alarms: {%s notify: {ops: {url: '%s/secret-path', secret: whsec_%s, timeout: 30s}}}\n", more, p.server.URL, actionSecret)
}

// alarmsConfig writes a configuration with one provider.
func alarmsConfig(t *testing.T, databaseURL, top, provider string) (file string) {
	t.Helper()
	text := fmt.Sprintf("listen: 127.0.0.1:0\nadmin: {listen: '127.0.0.1:0', token: %s}\ndatabase: {url: '%s', migrate: true, %s}\n%sproviders:\n  authon: {type: authon, secrets: [%s]%s}\n",
		adminToken, databaseURL, unhurried, top, testSecret("authon"), provider)
	file = filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// deliverAs posts one event of authon, changed in whatever way.
func (r *running) deliverAs(event string, change func(header http.Header, body []byte) []byte) int {
	r.t.Helper()
	header, body, err := r.providers["authon"].Build(event, providers.Sample{UserID: "u1", EventID: fmt.Sprint("e", time.Now().UnixNano()), Time: time.Now()})
	if err != nil {
		r.t.Fatal(err)
	}
	if change != nil {
		body = change(header, body)
	}
	status, _ := r.post(http.DefaultClient, "authon", header, body)
	return status
}

// alarms runs `usersync alarms list` beside the daemon.
func (r *running) alarms(words ...string) (code int, out string) {
	r.t.Helper()
	code, stdout, stderr := r.run(append([]string{"alarms", "list", "--set", "admin.listen=" + strings.TrimPrefix(r.adminURL, "http://")}, words...)...)
	return code, stdout + stderr
}

// operatorsPage reads a page of the admin listener with the token.
func (r *running) operatorsPage(path string) string {
	r.t.Helper()
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.adminURL+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+adminToken)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	page, err := io.ReadAll(response.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(page)
}

// newHanging is a receiver that answers nothing before the test ends, and says once that
// it was asked.
func newHanging(t *testing.T, asked chan struct{}) (url string) {
	t.Helper()
	var once sync.Once
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		once.Do(func() { close(asked) })
		_, _ = io.Copy(io.Discard, r.Body) // else nobody sees that the sender has gone
		<-r.Context().Done()
	}))
	t.Cleanup(server.Close)
	return server.URL
}
