package browsertest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// patience is for what happens within seconds on a machine with nothing else to do.
const patience = 5 * time.Minute

// Tab is a tab with cookies of its own.
type Tab struct {
	t   testing.TB
	ctx context.Context

	mu         sync.Mutex
	complaints []string
}

// Tab opens a tab; the test closes it when it ends.
func (b *Browser) Tab(t testing.TB) *Tab {
	t.Helper()
	ctx, closeTab := b.open(t)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	tab := &Tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, tab.hear); err != nil {
		t.Fatal(err)
	}
	command(tab, log.Enable, cdp.Empty{})
	command(tab, runtime.Enable, cdp.Empty{})
	tab.Resize(1280, 800)
	return tab
}

// Do performs actions, or ends the test.
func (tab *Tab) Do(actions ...chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	if err := chromedp.Do(tab.ctx, actions...); err != nil {
		tab.t.Fatal(err)
	}
}

// command has the browser do something, or ends the test.
func command[P, R any](tab *Tab, c cdp.Command[P, R], params P) R {
	tab.t.Helper()
	result, err := chromedp.Call(tab.ctx, c, params)
	if err != nil {
		tab.t.Fatalf("%s: %v", c.Method, err)
	}
	return result
}

// Open goes to a URL and waits until it is there.
func (tab *Tab) Open(url string) {
	tab.t.Helper()
	tab.Do(chromedp.Navigate(url))
}

// Resize gives the page a size in CSS pixels.
func (tab *Tab) Resize(width, height int64) {
	tab.t.Helper()
	command(tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
}

// Dark says whether the operator likes it dark.
func (tab *Tab) Dark(dark bool) {
	tab.t.Helper()
	value := "light"
	if dark {
		value = "dark"
	}
	command(tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}},
	})
}

// Scripts says whether pages that are opened from now on run scripts. Eval works either way.
func (tab *Tab) Scripts(run bool) {
	tab.t.Helper()
	command(tab, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
}

// hear notes what the browser complains about: exceptions, console.error, blocked loads.
func (tab *Tab) hear(event any) {
	var said string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = "exception: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			said += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			var words []string
			for _, arg := range e.Args {
				words = append(words, string(arg.Value)+arg.Description)
			}
			said = fmt.Sprintf("console %s: %s", e.Type, strings.Join(words, " "))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			said = fmt.Sprintf("%s %s: %s (%s)", e.Entry.Source, e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	}
	if said != "" {
		tab.mu.Lock()
		tab.complaints = append(tab.complaints, said)
		tab.mu.Unlock()
	}
}

// Complaints returns what the browser complained about since the last call: none of it is
// to be expected of a good page.
func (tab *Tab) Complaints() []string {
	tab.mu.Lock()
	defer tab.mu.Unlock()
	said := tab.complaints
	tab.complaints = nil
	return said
}

// Fill types a text into the field that a CSS selector finds.
func (tab *Tab) Fill(selector, text string) {
	tab.t.Helper()
	tab.Do(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// Click clicks on what a CSS selector finds.
func (tab *Tab) Click(selector string) {
	tab.t.Helper()
	tab.Do(chromedp.Click(chromedp.CSS(selector)))
}

// Press presses a key, for example "Tab".
func (tab *Tab) Press(key string) {
	tab.t.Helper()
	tab.Do(chromedp.KeyEvent(keys[key]))
}

// keys are what the keys are to the browser.
var keys = map[string]string{"Tab": kb.Tab, "Enter": kb.Enter}
