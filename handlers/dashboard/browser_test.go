package dashboard_test

import (
	"os"
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

func TestScreenshots(t *testing.T) {
	t.Parallel()
	s := newSite(t, newDesk(), token)
	tab := s.signedIn(t)
	for name, path := range map[string]string{"overview": "/", "settings": "/settings"} {
		tab.Open(s.url + path)
		for look, dark := range map[string]bool{"light": false, "dark": true} {
			tab.Keep(name+"-"+look, tab.Screenshot(1280, 0, dark))
			tab.Keep(name+"-phone-"+look, tab.Screenshot(360, 0, dark))
			for _, fault := range tab.Audit() {
				t.Errorf("%s at 360 pixels: %s", path, fault)
			}
		}
	}
	for _, said := range tab.Complaints() {
		t.Error(said)
	}
}
