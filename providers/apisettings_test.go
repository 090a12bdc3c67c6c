package providers

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/secret"
	usersync "usersync/sync"
)

func TestFaultsOfAPISettings(t *testing.T) {
	t.Parallel()
	key := secret.New(apiKey)
	for _, c := range []struct {
		typ  string
		s    APISettings
		want string
	}{
		{"node_auth", APISettings{Key: key}, "api.url is missing: set it to the address of the provider's API"},
		{"authon", APISettings{}, "api.key is missing"},
		{"authon", APISettings{Key: secret.New(" \n")}, "api.key is missing"},
		{"authon", APISettings{Key: secret.New(apiKey + "\r\nX: y")}, "api.key has a control character"},
		{"authon", APISettings{Key: key, URL: "ftp://x"}, "api.url: expected an address such as https://api.example.com"},
		{"authon", APISettings{Key: key, URL: "https://u:" + apiKey + "@x"}, "api.url: an address with credentials would be printed"},
		{"authon", APISettings{Key: key, URL: "https://x:" + apiKey}, "api.url: expected an address"},
		{"authon", APISettings{Key: key, URL: "https://x/?a"}, "api.url: it must have no ? and no #"},
		{"authon", APISettings{Key: key, PageSize: 101}, "api.page_size: 101 is more than the 100 that authon takes"},
		{"authon", APISettings{Key: key, PageSize: -1}, "api.rate_limit, api.page_size: a negative number"},
		{"authon", APISettings{Key: key, RateLimit: math.NaN()}, "api.rate_limit, api.page_size: a negative number"},
		{"authon", APISettings{Key: key, Lag: -1}, "list.lag: -1ns is negative"},
		{"authon", APISettings{Key: key, Timeout: -1}, "api.timeout: -1ns is negative"},
		{"authon", APISettings{Key: key, Since: 1}, "authon cannot list only the users that changed: list all, without --since"},
		{"authon", APISettings{Key: key, Variant: "x"}, `api.variant: there is no "x"; there are [dashboard]`},
		{"authpi", APISettings{Key: key, Variant: "x"}, `api.variant: there are none here; remove "x"`},
		{"node_auth", APISettings{Key: key, Params: map[string]string{"a": "b"}}, `api.params: there are none here; remove "a"`},
		{"authpi", APISettings{Key: key, Params: map[string]string{"acount": "b"}}, `api.params: unknown "acount"; there are account_id, issuer_id`},
		{"authpi", APISettings{Key: key, Params: map[string]string{"account_id": "b"}}, "authpi lists no users: api.params.issuer_id is missing: set it to the id of the issuer"},
		{"authpi", APISettings{Key: key, Params: map[string]string{"account_id": "b", "issuer_id": "c"}}, "api.key: expected id:secret"},
		{"authon_pro", APISettings{Key: key}, "authon_pro lists no users: api.params.path is missing: set it to the path of its users list, for example /v1/"},
		{"authara", APISettings{}, "api.url: expected the provider's database"},
		{"authara", APISettings{URL: "host=x password=" + apiKey}, "api.url: expected the provider's database"},
		{"authara", APISettings{URL: "postgres://x:" + apiKey + "@[::1"}, "api.url: expected the provider's database"},
	} {
		l, err := open(t, c.typ, nil).Lister(c.s, usersync.OriginBackfill)
		wantError(t, err, c.want)
		if l != nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%v", err)
		}
		_, err = open(t, c.typ, nil).Fetcher(c.s, usersync.OriginBackfill)
		if c.s.PageSize <= 0 && c.s.Since == 0 && c.typ != "authon_pro" {
			wantError(t, err, strings.Replace(c.want, "lists no", "fetches no", 1))
		}
	}
}

func TestWhatADefinitionLacks(t *testing.T) {
	t.Parallel()
	nothing := described(t, "")
	_, err := nothing.Lister(fastAPI("http://x"), usersync.OriginBackfill)
	wantError(t, err, "has no list of users: backfill and reconcile need one; webhooks work without")
	_, err = nothing.Fetcher(fastAPI("http://x"), usersync.OriginBackfill)
	wantError(t, err, "has no way to fetch one user: profiles come from webhooks and lists alone")
	s := fastAPI("")
	s.Variant = "dashboard"
	_, err = open(t, "authon", nil).Fetcher(s, usersync.OriginBackfill)
	wantError(t, err, "authon (api.variant dashboard) has no way to fetch one user")
}

func TestPathsOfParams(t *testing.T) {
	t.Parallel()
	p := open(t, "authon_pro", nil)
	for path, want := range map[string]string{
		"users": "a path begins with /", "/users?x=1": "it is no path of an address", "//evil.example.com/users": "it is no path of an address",
		"/a/../b": "a path must not have the segments . and ..", "/a/.": "a path must not have the segments", "/a b": "it is no path", "/%zz": "it is no path",
		"https://evil.example.com/": "a path begins with /",
	} {
		s := fastAPI("http://127.0.0.1:1")
		s.Params = map[string]string{"path": path}
		l, err := p.Lister(s, usersync.OriginBackfill)
		if err == nil {
			_, err = l.Page(t.Context(), "")
		}
		wantError(t, err, "api.params.path: "+want)
	}
	s := fastAPI("http://127.0.0.1:1")
	s.Params = map[string]string{"account_id": "..", "issuer_id": "x"}
	s.Key = secret.New("a:" + apiKey)
	l, err := open(t, "authpi", nil).Lister(s, usersync.OriginBackfill)
	if err != nil {
		t.Fatal(err)
	}
	_, err = l.Page(t.Context(), "")
	wantError(t, err, `account_id: ".." cannot stand in a path`)
	f, err := open(t, "authpi", nil).Fetcher(s, usersync.OriginBackfill)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = f.Fetch(t.Context(), "u")
	wantError(t, err, `account_id: ".." cannot stand in a path`)
}

func TestDefaultsOfAPISettings(t *testing.T) {
	t.Parallel()
	p := open(t, "authon", func(s *Settings) { s.MaxFuture = time.Hour })
	l, err := p.Lister(APISettings{Key: secret.New(apiKey)}, usersync.OriginBackfill)
	if err != nil {
		t.Fatal(err)
	}
	pages := l.pages.(*httpPages)
	if pages.size != 100 || pages.lag != time.Minute || pages.timeout != 30*time.Second || pages.limiter.Limit() != 5 ||
		pages.base.String() != "https://api.authon.dev" || time.Duration(l.budget.left.Load()) != 10*time.Minute ||
		l.read.maxFuture != usersync.Micros(time.Hour.Microseconds()) || pages.patience != usualPatience || time.Since(pages.clock()) > time.Hour {
		t.Errorf("%+v %+v", pages, l)
	}
	f, err := p.Fetcher(APISettings{Key: secret.New(apiKey), MaxFuture: time.Second}, usersync.OriginHydrate)
	if err != nil || f.waiting != 10*time.Second || f.read.maxFuture != 1_000_000 {
		t.Errorf("%+v, %v", f, err)
	}
}

// Whoever prints them by mistake sees no key.
func TestPrintingAListerShowsNoSecret(t *testing.T) {
	t.Parallel()
	p := listed(t, pagePaging)
	s := fastAPI("http://127.0.0.1:1")
	l, f := listerOf(t, p, s), fetcherOf(t, p, s)
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		for _, x := range []any{s, *f, l.pages, l.pages.(*httpPages).client, f.source, f} {
			if printed := fmt.Sprintf(verb, x); strings.Contains(printed, apiKey) {
				t.Errorf("%T: %s", x, printed)
			}
		}
	}
}

// Each of these has one fault.
func TestFaultsOfAPIParts(t *testing.T) {
	t.Parallel()
	const list, fetch = "id: id, user: same, size: {max: 1}, path: /u, paging: {link: true}", `id: id, user: same, path: "/u/{id}"`
	for parts, want := range map[string]string{
		"api: {url: 'https://a@b'}":       "api.url: an address with credentials",
		"api: {rate: 0}":                  "api.rate: expected a number of requests a second above 0",
		"api: {params: {Id: {about: x}}}": "api.params.Id: the name must be a word",
		"api: {params: {id: {about: x}}}": "api.params.id: the name must be a word",
		"api: {params: {a: {}}}":          `api.params.a: the key "about" is missing`,
		"list: {" + list + "}":            "list: api.auth is missing",
		"fetch: {" + fetch + "}":          "fetch: api.auth is missing",
		bearerAPI + "list: {id: id, user: same, path: /u, paging: {link: true}}":                                            `list: the key "size" is missing`,
		bearerAPI + "list: {id: id, user: same, size: {max: 1}, path: /u}":                                                  "list: expected path and paging, or sql",
		bearerAPI + "list: {" + list + ", sql: {table: a.b, key: id, columns: id}}":                                         "list: beside sql there are only size.max, id and user",
		bearerAPI + "list: {" + list + ", detail: fetch}\nfetch: {" + fetch + "}":                                           "list: expected either user or detail",
		bearerAPI + "list: {id: id, size: {max: 1}, path: /u, paging: {link: true}}":                                        "list: expected either user or detail",
		bearerAPI + "list: {id: id, size: {max: 1}, path: /u, paging: {link: true}, detail: fetch}":                         "list.detail: there is no fetch",
		bearerAPI + "list: {id: id, size: {max: 1}, path: /u, paging: {link: true}, detail: other}\nfetch: {" + fetch + "}": `list.detail: "other" is none of fetch`,
		bearerAPI + "variants: {a: {list: {id: id, size: {max: 1}, path: /u, paging: {link: true}, detail: fetch}}}":        "list.detail: there is no fetch",
		bearerAPI + "variants: {a: {push: 1}}":                                                                              `variants.a: unknown key "push"; the keys are fetch, list`,
		bearerAPI + "fetch: {id: id, user: same, path: /u}":                                                                 "fetch: expected a path or query with {id}, or sql",
		bearerAPI + "fetch: {" + fetch + ", sql: {table: t, key: id, columns: id}}":                                         "fetch: beside sql there are only id and user",
		bearerAPI + "fetch: {id: id, user: other, path: '/{id}'}":                                                           `fetch.user: "other" is none of same`,
		bearerAPI + "list: {" + strings.Replace(list, "/u", "u", 1) + "}":                                                   "list.path: a path begins with /",
		bearerAPI + "list: {" + strings.Replace(list, "/u", "/../u", 1) + "}":                                               "list.path: a path must not have the segments",
		bearerAPI + "list: {" + strings.Replace(list, "/u", "'/{a}'", 1) + "}":                                              "list.path: {a} is not declared in api.params",
		bearerAPI + "list: {" + strings.Replace(list, "/u", "'/{A}'", 1) + "}":                                              "list.path: braces hold the name of a param",
		bearerAPI + "list: {" + list + ", query: {a: '{b}'}}":                                                               "list.query.a: {b} is not declared in api.params",
		bearerAPI + "list: {" + list + ", since: {param: ''}}":                                                              "list.since.param: it is empty",
		bearerAPI + "list: {" + strings.Replace(list, "max: 1", "max: 0", 1) + "}":                                          "list.size.max: expected a whole number above 0",
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{}", 1) + "}":                                        "list.paging: expected one of page, offset, cursor, last_id, link and window",
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{page: {param: p, base: 2}}", 1) + "}":               "list.paging.page.base: expected 0 or 1",
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{page: {param: p}}", 1) + "}":                        `list.paging.page: the key "base" is missing`,
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{last_id: {}}", 1) + "}":                             `list.paging.last_id: the key "param" is missing`,
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{link: false}", 1) + "}":                             "list.paging.link: expected true",
		bearerAPI + "list: {" + strings.Replace(list, "{link: true}", "{cursor: {param: p, next: a..b}}", 1) + "}":          "has an empty component",
	} {
		_, err := compile("x.yaml", []byte("verify: {secret: {header: X}}\nunpack: json\nevent: "+plainEvent+"\nuser: {}\nsamples: {a: {body: '{}'}}\n"+parts+"\n"))
		if err == nil {
			t.Errorf("%s\nis accepted", parts)
			continue
		}
		if lines := strings.Split(err.Error(), "\n"); len(lines) != 1 || !strings.Contains(lines[0], want) || !slices.ContainsFunc([]string{"x.yaml:6: ", "x.yaml:7: ", "x.yaml:8: "}, func(p string) bool { return strings.HasPrefix(lines[0], p) }) {
			t.Errorf("%s\nfaults are\n%v\nwant\n%s", parts, err, want)
		}
	}
}
