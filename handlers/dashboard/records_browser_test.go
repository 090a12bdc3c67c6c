package dashboard_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"usersync/internal/browsertest"
)

// In a browser no id, name or payload is more than a text, and people who see nothing or
// hold a phone can use each page.
func TestRecordsInABrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, newRecords().over(), token)
	tab := s.signedIn(t)
	pages := []struct{ name, path string }{
		{"events", "/events"},
		{"event", query("/events/one", "provider", "acme", "user", "usr_1", "event", "created usr_1", "at", fmt.Sprint(int64(micros(2*time.Hour))))},
		{"users", "/users"},
		{"user", query("/users/one", "provider", "acme", "user", "usr_1")},
		{"erase", query("/users/erase", "provider", "acme", "user", "usr_1")},
		{"letters", "/letters"},
		{"letter", "/letters/1000"},
		{"runs", "/runs"},
		{"run", "/runs/58"},
		{"run-held", "/runs/59"},
		{"run-live", "/runs/60"},
		{"not-found", "/letters/7"},
	}
	for _, p := range pages {
		tab.Open(s.url + p.path)
		// The audit sees the page as it is on a phone, after the last picture.
		tab.Keep(p.name+"-light", tab.Screenshot(1280, 0, false))
		tab.Keep(p.name+"-phone-dark", tab.Screenshot(360, 0, true))
		for _, fault := range tab.Audit() {
			t.Errorf("%s at 360 pixels: %s", p.path, fault)
		}
		// Links stand whole where one sees them, and the ids in tables are not broken into syllables.
		if cut := browsertest.Eval[string](tab, `[...document.querySelectorAll("header nav a, .top nav a")].filter(a => a.getClientRects().length != 1 || a.offsetHeight > 48 || a.getBoundingClientRect().right > innerWidth).map(a => a.innerText).join()`); cut != "" {
			t.Errorf("%s at 360 pixels: links are cut: %s", p.path, cut)
		}
		if cut := browsertest.Eval[string](tab, `[...document.querySelectorAll("td .id, th .id, td .value")].filter(e => e.innerText.length < 18 && !/\s/.test(e.innerText) && e.offsetHeight > 40).map(e => e.innerText).join()`); cut != "" {
			t.Errorf("%s at 360 pixels: short values are broken: %s", p.path, cut)
		}
		if title := browsertest.Eval[string](tab, `document.title`); !strings.HasSuffix(title, " · usersync") {
			t.Errorf("%s: the title is %q", p.path, title)
		}
		if p.name == "not-found" {
			tab.Complaints() // that it was not found
		}
	}
	for _, id := range []string{hostile[0], hostile[1], strings.Repeat("x", 255)} { // the lists show the others too
		for _, path := range []string{
			query("/users/one", "provider", "acme", "user", id), query("/events/one", "provider", "acme", "user", id, "event", id, "at", "0"),
			query("/users/erase", "provider", "acme", "user", id), query("/events", "user", id, "event", id),
		} {
			tab.Open(s.url + path)
			if title := browsertest.Eval[string](tab, `document.title`); !strings.HasSuffix(title, " · usersync") {
				t.Errorf("%s: the title is %q", path, title)
			}
			if wide := browsertest.Eval[int](tab, `document.documentElement.scrollWidth`); wide > 360 {
				t.Errorf("%s is %d pixels wide on a phone", path, wide)
			}
		}
	}
	for _, said := range tab.Complaints() {
		t.Error(said)
	}
}

// All can be done with the keyboard, and without scripts.
func TestRecordsByKeyboard(t *testing.T) {
	t.Parallel()
	for _, scripts := range []bool{true, false} {
		t.Run(fmt.Sprint("scripts ", scripts), func(t *testing.T) {
			t.Parallel()
			r := newRecords()
			s := newSite(t, r.over(), token)
			tab := s.signedIn(t)
			tab.Scripts(scripts)

			tab.Open(s.url + "/users")
			tab.Fill("#q", "a/b")
			tab.Press("Enter")
			tab.Until("found", `new URL(location).searchParams.get("q") === "a/b" && document.querySelector("tbody a") !== null`)

			tab.Open(s.url + "/letters")
			focus(tab, `input[name="id"][value="999"]`)
			tab.Do(chromedp.KeyEvent(" "))
			focus(tab, `button[value="selected"]`)
			tab.Press("Enter")
			tab.Until("the result", `location.pathname === "/letters/retried" && document.querySelector("h1").innerText.includes("Retried 1")`)

			tab.Open(s.url + query("/users/erase", "provider", "acme", "user", "a/b"))
			tab.Fill("#confirm", "a/b")
			tab.Press("Enter")
			tab.Until("erased", `location.pathname === "/users/erased"`)

			tab.Open(s.url + "/runs")
			focus(tab, `button[value="plan"]`)
			tab.Press("Enter")
			tab.Until("the run", `location.pathname === "/runs/60"`)

			if got := fmt.Sprint(len(r.retries), r.retries[0].IDs, r.erased, r.started); got != "1 [999] [{acme a/b}] [plan acme]" {
				t.Errorf("scripts %v: done was %s", scripts, got)
			}
			for _, said := range tab.Complaints() {
				t.Error(said)
			}
		})
	}
}

// focus goes with the keyboard to what a selector finds, and fails if that is not possible.
func focus(tab *browsertest.Tab, selector string) {
	for range 400 {
		tab.Press("Tab")
		if browsertest.Eval[bool](tab, `document.activeElement.matches(`+"`"+selector+"`"+`)`) {
			return
		}
	}
	tab.Until("focus on "+selector, "false")
}
