package dashboard_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"usersync/handlers/desk"
	"usersync/internal/browsertest"
)

// An operator who follows a link signs in, arrives where it led, and signs out.
func TestWayIn(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	tab := browser.Tab(t)
	tab.Open(s.url + "/settings?a=%22%3E%3Cb%3E")
	if focus := browsertest.Eval[string](tab, `document.activeElement.id`); focus != "token" {
		t.Errorf("the focus is at %q", focus)
	}
	tab.Fill("#token", "wrong")
	tab.Press("Enter")
	tab.Until("told that it is wrong", `document.querySelector("[role=alert]") !== null`)
	tab.Fill("#token", token)
	tab.Press("Enter")
	tab.Until("arrived", `location.pathname + location.search === "/settings?a=%22%3E%3Cb%3E" && document.querySelector("h1").textContent === "Settings"`)
	if browsertest.Eval[string](tab, `document.cookie`) != "" {
		t.Error("a script reads the session")
	}
	tab.Click(`form[action="/sign-out"] button`)
	tab.Until("signed out", `location.pathname === "/sign-in"`)
	tab.Open(s.url + "/")
	if !browsertest.Eval[bool](tab, `document.getElementById("token") !== null`) {
		t.Error("still signed in")
	}
}

// Over plain HTTP, by a name, a browser says less of where a form comes from.
func TestWayInByName(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	_, port, err := net.SplitHostPort(strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	tab := browser.Tab(t)
	tab.Open("http://operators.test:" + port + "/settings")
	tab.Fill("#token", token)
	tab.Press("Enter")
	tab.Until("signed in", `location.pathname === "/settings" && document.querySelector("nav") !== null`)
}

// Whoever is signed in and follows a link of another site just arrives; a form of the
// other site does nothing.
func TestFromAnotherSite(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, `<!doctype html><title>another</title><a href="%[1]s/settings">look</a><form method="post" action="%[1]s/sign-out"><button>win</button></form>`, s.url)
	}))
	t.Cleanup(other.Close)
	elsewhere := strings.Replace(other.URL, "127.0.0.1", "localhost", 1) // another site for a browser
	tab := s.signedIn(t)
	tab.Open(elsewhere)
	tab.Click("a")
	tab.Until("arrived", `location.pathname === "/settings" && document.querySelector("nav") !== null`)
	tab.Open(elsewhere)
	tab.Click("button")
	tab.Until("refused", `location.pathname === "/sign-out" && document.querySelector("h1").textContent === "Refused"`)
	tab.Open(s.url + "/")
	if !browsertest.Eval[bool](tab, `document.querySelector("nav") !== null`) {
		t.Error("another site has signed the operator out")
	}
}

// Without a mouse everything can be reached, and the navigation skipped.
func TestKeyboard(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	tab := s.signedIn(t)
	tab.Open(s.url + "/settings")
	tab.Press("Tab")
	if at := browsertest.Eval[string](tab, `document.activeElement.className`); at != "skip" {
		t.Errorf("first comes %q", at)
	}
	if !browsertest.Eval[bool](tab, `document.activeElement.getBoundingClientRect().top >= 0`) {
		t.Error("the link that skips is not seen")
	}
	tab.Press("Enter")
	tab.Until("skipped", `document.activeElement.id === "main"`)
	tab.Open(s.url + "/settings")
	const reachable = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, [tabindex='0']")].filter((e) => !e.closest("[hidden]"))`
	want := browsertest.Eval[int](tab, reachable+`.length`)
	browsertest.Eval[int](tab, `window.reached = new Set(), document.addEventListener("focusin", (e) => reached.add(e.target)), 0`)
	for range want {
		tab.Press("Tab")
		if !browsertest.Eval[bool](tab, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
			t.Error("the focus is not seen at " + browsertest.Eval[string](tab, `document.activeElement.outerHTML`))
		}
	}
	if missed := browsertest.Eval[[]string](tab, reachable+`.filter((e) => !reached.has(e)).map((e) => e.outerHTML)`); len(missed) > 0 {
		t.Errorf("not reached in %d steps: %q", want, missed)
	}
}

// The overview keeps itself up to date, until it is asked not to, and says so when it cannot.
func TestLive(t *testing.T) {
	t.Parallel()
	var asked, away atomic.Int64
	over := newDesk()
	over.Overview = func(context.Context) desk.Overview {
		if away.Load() > 0 {
			panic("a bug")
		}
		o := busyOverview()
		o.Version = fmt.Sprintf("v%d", asked.Add(1))
		return o
	}
	s := newSite(t, over, token)
	tab := s.signedIn(t)
	tab.Open(s.url + "/")
	const version = `Number(document.querySelector("#system-now dd").textContent.slice(1))`
	first := browsertest.Eval[int64](tab, version)
	tab.Until("refreshed", fmt.Sprintf(version+` > %d`, first))
	for _, said := range tab.Complaints() {
		t.Error(said)
	}
	opened := func(log string) (lines int) {
		for line := range strings.Lines(log) { // a refresh is of interest to nobody
			if strings.Contains(line, `"route":"/"`) && strings.Contains(line, `"level":"info"`) {
				lines++
			}
		}
		return lines
	}
	s.log.Await(t, "a line", func(log string) bool { return opened(log) >= 2 }) // signed in, and opened again
	if n := opened(s.log.String()); n != 2 {
		t.Errorf("%d lines about 2 pages and their refreshes:\n%s", n, s.log)
	}
	away.Store(1)
	tab.Until("said that it is not up to date", `document.querySelector("[data-live-note]").textContent.includes("Not up to date")`)
	away.Store(0)
	tab.Until("up to date again", `document.querySelector("[data-live-note]").textContent === ""`)
	tab.Click("[data-pause]")
	if !browsertest.Eval[bool](tab, `document.querySelector("[data-pause]").ariaPressed === "true" && paused`) {
		t.Error("it does not pause")
	}
}

// Without JavaScript everything reads, and nothing is there that would do nothing.
func TestWithoutScripts(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	tab := s.signedIn(t)
	tab.Scripts(false)
	tab.Open(s.url + "/")
	text := tab.Text()
	for _, want := range []string{"2 things need you", "1234 deliveries wait on disk.", "acme", "12 s ago", "https://users.example.com/webhooks/acme", hostile[1]} {
		if !strings.Contains(text, want) {
			t.Errorf("the page does not say %s", want)
		}
	}
	if strings.Contains(text, "Copy") || strings.Contains(text, "Pause") {
		t.Error("there are buttons that do nothing")
	}
}
