package dashboard

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

//go:embed templates
var templateFiles embed.FS

// sheet is a page to be shown: one template and one struct for it. The template is a file in
// templates that defines "body", and may use the parts in templates/shared.
type sheet struct {
	template string // the file in templates, without .html
	title    string
	body     any           // what the template shows
	status   int           // 0 is 200
	after    time.Duration // when to try again; 0 says nothing
	reason   string        // for the log, "" if nothing went wrong
	nav      string        // the path of the entry in the navigation
	alone    bool          // for who is not signed in: without a navigation
	live     bool          // the elements with data-live are refreshed
}

// frame is what templates/layout.html shows around a sheet's body.
type frame struct {
	Title string
	Nav   string
	Links []link
	Alone bool
	Live  bool
	Body  any
}

// link is an entry of the navigation.
type link struct {
	Path, Text string
	Here       bool
}

// sheets are the templates, by the name of their file.
type sheets map[string]*template.Template

// newSheets reads the templates: each file of a page, with the layout and the parts that
// all share. They are a part of the program, so a fault in them is a panic, which any test
// of a page shows.
func newSheets(files assets) sheets {
	shared := template.New("layout").Option("missingkey=error").Funcs(template.FuncMap{
		"asset": files.path,
		"count": count, "bytes": size, "span": span, "said": said,
	})
	shared = template.Must(shared.ParseFS(templateFiles, "templates/shared/*.html"))
	names, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err)
	}
	all := sheets{}
	for _, file := range names {
		if !file.IsDir() {
			one := template.Must(template.Must(shared.Clone()).ParseFS(templateFiles, path.Join("templates", file.Name())))
			all[strings.TrimSuffix(file.Name(), ".html")] = one
		}
	}
	return all
}

// show writes a page. It is made wholly before anything is sent, so half a page is never
// taken for all of it.
func (d *Dashboard) show(w http.ResponseWriter, r *http.Request, s sheet) Note {
	f := frame{Title: s.title, Nav: s.nav, Alone: s.alone, Live: s.live && !s.alone, Body: s.body}
	for _, p := range d.places {
		if p.link != "" {
			f.Links = append(f.Links, link{p.path, p.link, p.path == s.nav})
		}
	}
	var page bytes.Buffer
	if err := d.sheets()[s.template].ExecuteTemplate(&page, "layout.html", f); err != nil {
		panic(err) // a mistake in a template: the listener logs it and answers
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	if s.after > 0 {
		h.Set("Retry-After", strconv.FormatInt(int64((s.after+time.Second-1)/time.Second), 10))
	}
	if s.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	if s.status == 0 {
		s.status = http.StatusOK
	}
	w.WriteHeader(s.status)
	_, _ = w.Write(page.Bytes())
	return Note{Reason: s.reason, Quiet: s.reason == "" && r.Header.Get("X-Usersync-Live") != ""}
}
