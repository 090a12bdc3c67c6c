package main

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/providers"
	usersync "usersync/sync"
)

// check asks the provider's API, and says what is wrong with key or address.
func TestCheckAsksTheAPI(t *testing.T) {
	t.Parallel()
	for _, kind := range fakeprovider.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			site := newBackfillSite(t, kind, databaseURLs["sqlite"](t), 50)
			code, out, errs := runProgram(t, "check", "--config", site.config)
			can, err := providers.CapabilitiesOf(kind)
			if err != nil {
				t.Fatal(err)
			}
			if code != exitOK || !strings.Contains(out, kind+" lists its users") || strings.Contains(out, ", and fetches one") != can.Fetch || !strings.Contains(out, "ok     clock          within 1m0s of that of "+kind) {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
			if users := site.api.Counts().Users; users > 3 { // one listed, by some in two steps, and one fetched
				t.Errorf("%d users were read to look at one", users)
			}
			text, err := os.ReadFile(site.config)
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(text), "key: '"+site.api.Key()+"'", "key: 'wrong:key'", 1)
			if err := os.WriteFile(site.config, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out, _ := runProgram(t, "check", "--config", site.config); code != exitFailed || !strings.Contains(out, "providers."+kind+": ") || !strings.Contains(out, "check api.key") {
				t.Errorf("a wrong key: exit code %d\n%s", code, out)
			}
		})
	}
}

// The provider's clock is told by its answers, also by one that refuses.
func TestCheckComparesClocks(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 3)
	text, err := os.ReadFile(site.config)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "url: 'http")
	address, _, _ := strings.Cut("http"+rest, "'")
	for ahead, want := range map[time.Duration]*regexp.Regexp{
		2 * time.Minute:  regexp.MustCompile(`WARN   clock          the clock of authon is (\S+) ahead of ours`),
		-2 * time.Minute: regexp.MustCompile(`WARN   clock          the clock of authon is (\S+) behind ours`),
		time.Hour:        regexp.MustCompile(`FAILED clock          the clock of authon is (\S+) ahead of ours, further than signatures may be away \(5m0s\)`),
	} {
		proxy := throughProxy(t, address, func(_ *http.Request, r *http.Response) {
			r.Header.Set("Date", time.Now().Add(ahead).UTC().Format(http.TimeFormat))
		})
		_, out, _ := runProgram(t, "check", "--config", site.config, "--set", "providers.authon.api.url="+proxy, "--set", "providers.authon.max_future=24h")
		said := want.FindStringSubmatch(out)
		if said == nil {
			t.Errorf("%s: no %q in\n%s", ahead, want, out)
			continue
		}
		// A date is cut to the second, and a busy machine reads it later than it was made.
		if apart, err := time.ParseDuration(said[1]); err != nil || (apart-ahead.Abs()).Abs() > 20*time.Second || apart != apart.Round(time.Second) {
			t.Errorf("%s: %q, %v", ahead, said[1], err)
		}
	}
}

// throughProxy passes requests on to an address, and lets the answers be changed.
func throughProxy(t *testing.T, address string, change func(*http.Request, *http.Response)) (proxyURL string) {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(target)
	proxy.ModifyResponse = func(r *http.Response) error {
		change(r.Request, r)
		return nil
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	return server.URL
}

// What a definition says wrong of the list is told before anything is written: there is no
// dead letter to look at then.
func TestAListThatTheDefinitionDoesNotFit(t *testing.T) {
	t.Parallel()
	site := newBackfillSite(t, "authon", databaseURLs["sqlite"](t), 230)
	text, err := os.ReadFile(site.config)
	if err != nil {
		t.Fatal(err)
	}
	for wrong, want := range map[string]string{
		`{extends: authon, user: {fields: {provider_updated_at: {time: {path: updatedAt, unit: ms}}}}}`: "bad_time: provider_updated_at: it is no time of the years 1 to 9999 (ms)",
		`{extends: authon, list: {id: userId}}`:                                                         "no_user_id: the user has no id at userId: it has the members id, ",
	} {
		config := strings.Replace(string(text), "type: authon\n", "definition: "+wrong+"\n", 1)
		if err := os.WriteFile(site.config, []byte(config), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, out, _ := runProgram(t, "check", "--config", site.config); !strings.Contains(out, "authon lists a user that is not understood: "+want) {
			t.Errorf("check says\n%s\nand not\n%s", out, want)
		}
		if code, out, errs := runProgram(t, "backfill", "authon", "--dry-run", "--config", site.config); code != exitOK || !strings.Contains(out, ", 230 dead letters\n  230  "+want) || strings.Contains(out, "events list") {
			t.Errorf("exit code %d, a dry run says\n%s%s\nand not\n%s", code, out, errs, want)
		}
		if code, out, errs := runProgram(t, "backfill", "authon", "--config", site.config); code != exitOK || !strings.Contains(out, ", 230 dead letters\n`usersync events list --provider authon` shows") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	}
	many := reasons{}
	for i := range 3 * manyReasons {
		if err := many.note(&usersync.Page{Letters: []usersync.DeadLetter{{Reason: "bad_field", Detail: strconv.Itoa(i)}}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(many) != manyReasons+1 || many["…"] != 2*manyReasons {
		t.Errorf("%v", many)
	}
}
