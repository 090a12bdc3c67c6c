package browsertest

import (
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/page"
)

// screenshotsVariable names the directory that screenshots are kept in.
const screenshotsVariable = "USERSYNC_TEST_SCREENSHOTS"

// Screenshot returns the page that is open as a PNG of a width in CSS pixels; a height of 0
// is all of the page.
func (tab *Tab) Screenshot(width, height int64, dark bool) []byte {
	tab.t.Helper()
	tab.Dark(dark)
	tab.Resize(width, max(height, 400))
	if height == 0 {
		tab.Resize(width, max(Eval[int64](tab, `document.documentElement.scrollHeight`), 400))
	}
	return command(tab, page.CaptureScreenshot, page.CaptureScreenshotParams{Format: page.CaptureScreenshotFormatPng}).Data
}

// Keep writes a screenshot as NAME.png to the directory that USERSYNC_TEST_SCREENSHOTS
// names, or else to the test's artefacts.
func (tab *Tab) Keep(name string, picture []byte) {
	tab.t.Helper()
	dir := os.Getenv(screenshotsVariable)
	if dir == "" {
		dir = tab.t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		tab.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), picture, 0o644); err != nil {
		tab.t.Fatal(err)
	}
}
