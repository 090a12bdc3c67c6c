package dashboard_test

import (
	"os"
	"strings"
	"testing"

	"usersync/internal/browsertest"
)

// browser is one for all tests of the package.
var browser browsertest.Browser

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

// signedIn opens a tab whose operator is signed in.
func (s *site) signedIn(t *testing.T) *browsertest.Tab {
	t.Helper()
	tab := browser.Tab(t)
	tab.Open(s.url + "/sign-in")
	tab.Fill("#token", token)
	tab.Press("Enter")
	tab.Until("signed in", `document.querySelector("nav") !== null`)
	return tab
}

// pages are all pages, by the name of their screenshot.
var pages = map[string]string{"overview": "/", "settings": "/settings", "sign-in": "/sign-in"}

// Every page reads well in the light and in the dark, on a desk and on a phone, with a
// screen reader too, and the browser finds no fault with it.
func TestPagesInBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	tab := s.signedIn(t)
	for name, path := range pages {
		tab.Open(s.url + path)
		tab.Keep(name+"-light", tab.Screenshot(1280, 0, false))
		tab.Keep(name+"-phone-dark", tab.Screenshot(360, 0, true))
		for _, fault := range tab.Audit() {
			t.Errorf("%s: %s", path, fault)
		}
		for _, said := range tab.Complaints() {
			t.Errorf("%s: %s", path, said)
		}
		if title := browsertest.Eval[string](tab, `document.title`); !strings.HasSuffix(title, "· usersync") {
			t.Errorf("%s: a text of a stranger ran: the title is %q", path, title)
		}
	}
}

// The page of a dashboard without a token is one for everybody, too.
func TestClosedInBrowser(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), "")
	tab := browser.Tab(t)
	tab.Open(s.url + "/")
	tab.Keep("closed-phone-light", tab.Screenshot(360, 0, false))
	for _, fault := range tab.Audit() {
		t.Error(fault)
	}
}
