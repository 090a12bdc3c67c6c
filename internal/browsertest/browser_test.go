package browsertest

import (
	"bytes"
	"fmt"
	"image/png"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
)

var browser Browser

func TestMain(m *testing.M) {
	code := m.Run()
	browser.Close()
	os.Exit(code)
}

// serve serves one page, with a policy that lets it run scripts of its own only.
func serve(t *testing.T, page string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		switch r.URL.Path {
		case "/":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprint(w, page)
		case "/own.js":
			w.Header().Set("Content-Type", "text/javascript")
			fmt.Fprint(w, `console.error("a complaint"); document.title = "ran"; throw new Error("a fault")`)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// What is wrong with a page is found, and nothing else.
func TestAudit(t *testing.T) {
	t.Parallel()
	tab := browser.Tab(t)
	tab.Resize(360, 600)
	const good = `<!doctype html><html lang="en"><head><meta name="viewport" content="width=device-width"><title>t</title></head>
		<body><header>h</header><main><h1>one</h1><h2>two</h2>%s</main></body></html>`
	for name, test := range map[string]struct {
		page string
		want []string
	}{
		"good": {fmt.Sprintf(good, `<a href="/">a link</a><svg role="img"><title>a picture</title></svg>`), nil},
		"no names": {fmt.Sprintf(good, `<button></button><a href="/"></a><input><svg role="img"></svg>`),
			[]string{"a button without a name", "a link without a name", "a textbox without a name", "without a name"}},
		"headings":  {fmt.Sprintf(good, `<h4>four</h4><h1>one more</h1>`), []string{"2 headings h1", "a heading h4 below h2"}},
		"landmarks": {`<!doctype html><html lang="en"><title>t</title><h1>one</h1>`, []string{"0 landmarks main", "0 landmarks banner"}},
		"no head":   {`<!doctype html><header></header><main><h1>one</h1></main>`, []string{"no language", "no title"}},
		"tables":    {fmt.Sprintf(good, `<table><tr><th>a</th></tr></table>`), []string{"a th without scope: a", "a table without a caption"}},
		"ids":       {fmt.Sprintf(good, `<p id="a"></p><p id="a"></p><p aria-labelledby="b"></p>`), []string{"the id a twice", "a reference to the id b"}},
		"too wide":  {fmt.Sprintf(good, `<pre>`+strings.Repeat("wide", 400)+`</pre>`), []string{"it scrolls sideways"}},
		"inline":    {fmt.Sprintf(good, `<p style="color: red">a</p>`), []string{"an inline style"}},
	} {
		tab.Open(serve(t, test.page))
		found := tab.Audit()
		for _, want := range test.want {
			if !slices.ContainsFunc(found, func(said string) bool { return strings.Contains(said, want) }) {
				t.Errorf("%s: found %q, which lacks %q", name, found, want)
			}
		}
		if len(test.want) == 0 && len(found) > 0 {
			t.Errorf("%s: found %q", name, found)
		}
	}
}

// What the browser complains about is heard.
func TestComplaints(t *testing.T) {
	t.Parallel()
	tab := browser.Tab(t)
	tab.Open(serve(t, `<!doctype html><title>t</title><img src="/nothing" alt="x"><script>document.title = "inline"</script><script src="/own.js"></script>`))
	tab.Until("the script ran", `document.title === "ran"`)
	said := strings.Join(tab.Complaints(), "\n")
	for _, want := range []string{"a complaint", "a fault", "Content Security Policy", "404"} {
		if !strings.Contains(said, want) {
			t.Errorf("heard of no %q in\n%s", want, said)
		}
	}
	tab.Scripts(false)
	tab.Open(serve(t, `<!doctype html><title>t</title><script src="/own.js"></script>`))
	if title := Eval[string](tab, `document.title`); title != "t" {
		t.Errorf("a script ran that should not: %q", title)
	}
}

// A screenshot is of the page as it is asked for.
func TestScreenshot(t *testing.T) {
	t.Parallel()
	tab := browser.Tab(t)
	tab.Open(serve(t, `<!doctype html><meta name="color-scheme" content="light dark"><title>t</title><body>text`))
	light, dark := tab.Screenshot(300, 500, false), tab.Screenshot(300, 500, true)
	for _, picture := range [][]byte{light, dark} {
		shown, err := png.DecodeConfig(bytes.NewReader(picture))
		if err != nil || shown.Width != 300 || shown.Height != 500 {
			t.Errorf("a picture of %d x %d: %v", shown.Width, shown.Height, err)
		}
	}
	if bytes.Equal(light, dark) {
		t.Error("the dark looks like the light")
	}
}

// Without a Chromium one reads what to install.
func TestMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Setenv(chromiumVariable, "")
	if path, err := find(); err == nil || !strings.Contains(err.Error(), "apt-get install") {
		t.Errorf("found %q, %v", path, err)
	}
	t.Setenv(chromiumVariable, "/of/their/own")
	if path, err := find(); err != nil || path != "/of/their/own" {
		t.Errorf("found %q, %v", path, err)
	}
}
