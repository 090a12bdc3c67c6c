package browsertest

import (
	"time"

	"github.com/chromedp/chromedp"
)

// Eval returns what a script says in the page, for example
// Eval[bool](tab, `document.hasFocus()`). It ends the test if it fails.
func Eval[T any](tab *Tab, script string) T {
	tab.t.Helper()
	said, err := chromedp.Run(tab.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		tab.t.Fatalf("%s: %v", script, err)
	}
	return said
}

// Until waits until a script says true in the page.
func (tab *Tab) Until(what, script string) {
	tab.t.Helper()
	for deadline := time.Now().Add(patience / 2); ; time.Sleep(20 * time.Millisecond) {
		// While a page goes and another comes, there is nobody to ask.
		if done, err := chromedp.Run(tab.ctx, chromedp.Evaluate[bool](script)); err == nil && done {
			return
		}
		if time.Now().After(deadline) {
			tab.t.Fatalf("waited in vain: %s", what)
		}
	}
}

// Text returns what the page reads as.
func (tab *Tab) Text() string {
	tab.t.Helper()
	return Eval[string](tab, `document.body.innerText`)
}
