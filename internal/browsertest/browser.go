package browsertest

import (
	"context"
	"fmt"
	"os"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// flags keep Chromium to itself: no GPU, no network but the pages', no first-run dialog.
var flags = []chromedp.ExecAllocatorOption{
	chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck, chromedp.Headless, chromedp.DisableGPU,
	chromedp.NoSandbox, // its sandbox refuses to run as root, and in most containers
	chromedp.Flag("disable-background-networking", true),
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-default-apps", true),
	chromedp.Flag("disable-dev-shm-usage", true),
	chromedp.Flag("disable-extensions", true),
	chromedp.Flag("disable-features", "Translate,OptimizationHints,MediaRouter,DialMediaRouteProvider"),
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("disable-sync", true),
	chromedp.Flag("font-render-hinting", "none"),
	chromedp.Flag("force-color-profile", "srgb"),
	chromedp.Flag("metrics-recording-only", true),
	chromedp.Flag("no-service-autorun", true),
	chromedp.Flag("password-store", "basic"),
	// A name that is neither this machine's nor encrypted, as an operator's may be.
	chromedp.Flag("host-resolver-rules", "MAP *.test 127.0.0.1"),
}

// Browser is one Chromium for the tests of a package. It starts with its first tab; Close
// it in TestMain.
type Browser struct {
	once sync.Once
	err  error
	ctx  context.Context
	stop func()
}

// start starts Chromium.
func (b *Browser) start() {
	program, err := find()
	if err != nil {
		b.err = err
		return
	}
	home, err := os.MkdirTemp("", "browsertest")
	if err != nil {
		b.err = err
		return
	}
	options := append(flags[:len(flags):len(flags)], chromedp.ExecPath(program), chromedp.UserDataDir(home),
		chromedp.Env("HOME="+home))
	allocator, release := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	b.ctx = ctx
	b.stop = func() {
		_ = chromedp.Cancel(ctx) // it closes; if not, release kills it
		stop()
		release()
		_ = os.RemoveAll(home)
	}
	if err := chromedp.Do(ctx); err != nil {
		b.stop()
		b.stop = nil
		b.err = fmt.Errorf("%s does not start: %w", program, err)
	}
}

// open makes a tab's context, which shares no cookies with others.
func (b *Browser) open(t testing.TB) (context.Context, context.CancelFunc) {
	t.Helper()
	b.once.Do(b.start)
	if b.err != nil {
		t.Fatal(b.err)
	}
	return chromedp.NewContext(b.ctx, chromedp.WithNewBrowserContext())
}

// Close ends the browser, if it was started.
func (b *Browser) Close() {
	if b.stop != nil {
		b.stop()
	}
}
