package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
)

// backfillSite is a provider's fake API, and a configuration that lists it.
type backfillSite struct {
	api    *fakeprovider.Server
	config string
	db     string
	ahead  *atomic.Int64 // nanoseconds by which the provider's clock is
}

// elapse lets time pass at the provider.
func (s backfillSite) elapse(d time.Duration) { s.ahead.Add(int64(d)) }

func newBackfillSite(t testing.TB, kind, databaseURL string, users int, change ...func(*fakeprovider.Options)) backfillSite {
	t.Helper()
	ahead := &atomic.Int64{}
	now := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	options := fakeprovider.Options{Users: users, Now: now}
	for _, c := range change {
		c(&options)
	}
	api := fakeprovider.New(kind, options)
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	params := map[string]string{
		"authpi":     "{account_id: acc_1, issuer_id: iss_1}",
		"authon_pro": "{path: " + api.Path() + "}",
	}[kind]
	if params == "" {
		params = "{}"
	}
	url := server.URL
	if kind == "node_auth" { // its base is wherever the app mounts it
		url += strings.TrimSuffix(api.Path(), "/api/users")
	}
	if kind == "authpi" {
		parts := strings.Split(api.Path(), "/")
		params = "{account_id: " + parts[slices.Index(parts, "accounts")+1] + ", issuer_id: " + parts[slices.Index(parts, "issuers")+1] + "}"
	}
	text := "listen: 127.0.0.1:0\nadmin: {listen: 127.0.0.1:0}\ndatabase: {url: '" + databaseURL + "', migrate: true, " + unhurried + "}\nproviders:\n  " + kind + ":\n    type: " + kind + "\n    secrets: [test_secret_of_a_test]\n" +
		"    api: {url: '" + url + "', key: '" + api.Key() + "', rate_limit: 100000, params: " + params + "}\n    list: {lag: 1ms}\n"
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return backfillSite{api: api, config: file, db: databaseURL, ahead: ahead}
}

func (s backfillSite) run(t *testing.T, words ...string) (int, backfillResult, string) {
	t.Helper()
	code, out, errs := runProgram(t, append(append([]string{"backfill"}, words...), "--json", "--config", s.config)...)
	var result backfillResult
	if out != "" {
		if err := json.Unmarshal([]byte(out), &result); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return code, result, errs
}

func (s backfillSite) users(t *testing.T) []models.User {
	t.Helper()
	db, err := models.Open(s.db, models.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	users, err := db.Users(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return users
}

// Every provider with an HTTP list, against a server that behaves like its own.
func TestBackfillOfEveryProvider(t *testing.T) {
	t.Parallel()
	for _, kind := range fakeprovider.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			onBoth(t, func(t *testing.T, databaseURL string) {
				const count = 230
				site := newBackfillSite(t, kind, databaseURL, count)
				code, result, errs := site.run(t, kind)
				if code != exitOK || result.Users != count || result.Changed != count || result.Outcome != "complete" || result.Letters != 0 {
					t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
				}
				users := site.users(t)
				if len(users) != count {
					t.Errorf("%d rows", len(users))
				}
				before := slices.Clone(users)
				// Again: nothing is new, and no row shows that it was touched.
				code, result, errs = site.run(t, kind)
				if code != exitOK || result.Users != count || result.Changed != 0 || result.Resumed {
					t.Errorf("again: exit code %d, %+v\n%s", code, result, errs)
				}
				for i, u := range site.users(t) {
					if u.ProviderUserID != before[i].ProviderUserID || !u.UpdatedAt.Equal(before[i].UpdatedAt.Time) {
						t.Errorf("%s was touched", u.ProviderUserID)
						break
					}
				}
			})
		})
	}
}

// A page that fails for good ends the run as failed; the next run goes on
// there, and what was written before is not asked for again.
func TestBackfillGoesOnWhereItFailed(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "authon", databaseURL, 850)
		trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Match: fakeprovider.Query("page", "7")})
		code, result, errs := site.run(t, "authon")
		if code != exitFailed || result.Outcome != "failed" || result.Pages != 6 || len(site.users(t)) != 600 {
			t.Fatalf("exit code %d, %+v, %d rows\n%s", code, result, len(site.users(t)), errs)
		}
		trouble.Remove()
		asked := site.api.Counts().Distinct
		code, result, errs = site.run(t, "authon")
		if code != exitOK || !result.Resumed || result.Users != 850 || result.Pages != 9 || len(site.users(t)) != 850 {
			t.Errorf("exit code %d, %+v, %d rows\n%s", code, result, len(site.users(t)), errs)
		}
		if again := site.api.Served("usr_0000000"); again != 1 {
			t.Errorf("the first page was asked for %d times; %d users were served before", again, asked)
		}
	})
}

func TestBackfillDryRunWritesNothing(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 120)
	code, result, errs := site.run(t, "authon", "--dry-run")
	if code != exitOK || result.Changed != 120 || !result.DryRun || len(site.users(t)) != 0 {
		t.Errorf("exit code %d, %+v, %d rows\n%s", code, result, len(site.users(t)), errs)
	}
}

// Newer facts win over the list, whichever comes first.
func TestBackfillYieldsToNewerEvents(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newBackfillSite(t, "authon", databaseURL, 50)
		daemon := startDaemon(t, databaseURL, "")
		// Signed for half an hour ahead of nobody: an event of this moment is
		// newer than a list that lags by a minute.
		text, err := os.ReadFile(site.config)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(site.config, []byte(strings.Replace(string(text), "lag: 1ms", "lag: 1m", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		code, _, errs := daemon.run("send", "authon", "user.deleted", "--user", "usr_0000007", "--url", daemon.url+"/webhooks/authon")
		if code != exitOK {
			t.Fatal(errs)
		}
		if code, result, errs := site.run(t, "authon"); code != exitOK || result.Users != 50 {
			t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
		}
		for _, u := range site.users(t) {
			if deleted := u.DeletedAt != nil; deleted != (u.ProviderUserID == "usr_0000007") {
				t.Errorf("%s deleted: %v", u.ProviderUserID, deleted)
			}
		}
	})
}

func TestBackfillUsage(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 5)
	for words, says := range map[string]string{
		"nobody":                   "nobody",
		"authon --since yesterday": "--since",
		"authon --since " + time.RFC3339[:10] + "T00:00:00Z": "since",
	} {
		if code, _, errs := site.run(t, strings.Fields(words)...); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%s: exit code %d\n%s", words, code, errs)
		}
	}
}
