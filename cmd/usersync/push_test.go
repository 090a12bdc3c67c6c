package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usersync/internal/fakeprovider"
)

// pushSite is a provider's fake API with some users, and a file to push there.
type pushSite struct {
	backfillSite
	file string
}

func newPushSite(t *testing.T, kind, databaseURL string, users int) pushSite {
	t.Helper()
	return pushSite{newBackfillSite(t, kind, databaseURL, users), filepath.Join(t.TempDir(), "users.csv")}
}

// write writes the file; its name decides its form.
func (s *pushSite) write(t *testing.T, name, text string) {
	t.Helper()
	s.file = filepath.Join(filepath.Dir(s.file), name)
	if err := os.WriteFile(s.file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// push runs the command and returns the results by line.
func (s pushSite) push(t *testing.T, provider string, words ...string) (code int, results map[int]pushResult, errs string) {
	t.Helper()
	code, out, errs := runProgram(t, append([]string{"push", provider, "--file", s.file, "--json", "--config", s.config}, words...)...)
	return code, resultsOf(t, out), errs
}

func resultsOf(t *testing.T, out string) map[int]pushResult {
	t.Helper()
	results, last := map[int]pushResult{}, 0
	for line := range strings.Lines(out) {
		var r pushResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if r.Line <= last {
			t.Errorf("line %d comes behind %d", r.Line, last)
		}
		last, results[r.Line] = r.Line, r
	}
	return results
}

// words are the results in short, by line.
func shortResults(results map[int]pushResult) string {
	var all []string
	for _, line := range slices.Sorted(mapKeys(results)) {
		all = append(all, fmt.Sprintf("%d %s", line, results[line].Result))
	}
	return strings.Join(all, ", ")
}

func mapKeys[V any](m map[int]V) func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// rows are the emails of the table with what else matters, by the provider's id.
func (s pushSite) rows(t *testing.T) map[string]string {
	t.Helper()
	rows := map[string]string{}
	for _, u := range s.users(t) {
		text := func(p *string) string {
			if p == nil {
				return "-"
			}
			return *p
		}
		rows[u.ProviderUserID] = fmt.Sprintf("%s %s %v", text(u.Email), text(u.Name), u.Suspended)
	}
	return rows
}

// writes counts the requests that change something.
func writes(api *fakeprovider.Server) (count int) {
	for _, route := range []fakeprovider.Route{fakeprovider.Create, fakeprovider.Change, fakeprovider.Ban, fakeprovider.Unban} {
		count += api.Counts().Requests[route]
	}
	return count
}

const pushCSV = "\ufeff" + `external_id,email,name,suspended,suspended_reason,metadata
app-1,new1@example.com,Ann,,,"{""plan"":""pro""}"
app-2,new2@example.com,"Bob, the ""builder""",true,spam,
,user0000001@example.com,Renamed,,,
,user0000002@example.com,Ada Hopper,,,
`

// Users are created, changed, banned and left alone, and their rows are there
// at once. The same file again sends nothing.
func TestPushToAuthon(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 5)
		second, _ := site.api.Users().Get("usr_0000002")
		site.write(t, "users.csv", strings.Replace(pushCSV, "Ada Hopper", second.Name, 1))
		code, results, errs := site.push(t, "authon")
		if got := shortResults(results); code != exitOK || got != "2 created, 3 created, 4 updated, 5 unchanged" {
			t.Fatalf("exit code %d: %s\n%s", code, got, errs)
		}
		if !strings.Contains(errs, "push authon: 2 created, 1 updated, 1 unchanged, 0 failed") {
			t.Errorf("%s", errs)
		}
		ann, bob := results[2].ID, results[3].ID
		rows := site.rows(t)
		if len(rows) != 4 || rows[ann] != "new1@example.com Ann false" || rows[bob] != `new2@example.com Bob, the "builder" true` ||
			rows["usr_0000001"] != "user0000001@example.com Renamed false" || rows["usr_0000002"] == "" {
			t.Errorf("%q", rows)
		}
		there, _ := site.api.Users().Get(bob)
		if there.ExternalID != "app-2" || there.BanReason != "spam" || !there.Banned() {
			t.Errorf("%+v", there)
		}
		if first, _ := site.api.Users().Get(ann); string(first.Metadata) != `{"plan":"pro"}` {
			t.Errorf("%s", first.Metadata)
		}

		before := writes(site.api)
		code, results, errs = site.push(t, "authon")
		if got := shortResults(results); code != exitOK || got != "2 unchanged, 3 unchanged, 4 unchanged, 5 unchanged" || writes(site.api) != before {
			t.Errorf("again: exit code %d: %s, %d writes\n%s", code, got, writes(site.api)-before, errs)
		}
		if site.api.Users().Len() != 7 || strings.Contains(errs, "@") {
			t.Errorf("%d users\n%s", site.api.Users().Len(), errs)
		}
	})
}

// A provider that cannot be asked by e-mail is asked for the users of whom the
// table knows.
func TestPushToAuthPI(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authpi", databaseURL, 3)
		if code, _, errs := site.run(t, "authpi"); code != exitOK {
			t.Fatal(errs)
		}
		site.write(t, "users.jsonl", `{"email":"new1@example.com","name":"Ann van Lee"}
{"email":"NEW1@example.com","metadata":{"a":1}}

{"email":"user0000001@example.com","suspended":true}
{"id":"usr_0000002","name":null}
`)
		code, results, errs := site.push(t, "authpi")
		if got := shortResults(results); code != exitOK || got != "1 created, 2 updated, 4 updated, 5 updated" || results[1].ID != results[2].ID {
			t.Fatalf("exit code %d: %s %+v\n%s", code, got, results, errs)
		}
		rows := site.rows(t)
		if len(rows) != 4 || rows[results[1].ID] != "new1@example.com Ann van Lee false" || !strings.HasSuffix(rows["usr_0000001"], "true") || rows["usr_0000002"] != "user0000002@example.com - false" {
			t.Errorf("%q", rows)
		}
		before := writes(site.api)
		code, results, errs = site.push(t, "authpi")
		if got := shortResults(results); code != exitOK || got != "1 unchanged, 2 unchanged, 4 unchanged, 5 unchanged" || writes(site.api) != before {
			t.Errorf("again: exit code %d: %s\n%s", code, got, errs)
		}
	})
}

// A dry run asks, and writes neither there nor here.
func TestPushDryRun(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
	site.write(t, "users.csv", pushCSV)
	code, results, errs := site.push(t, "authon", "--dry-run")
	if got := shortResults(results); code != exitOK || got != "2 created, 3 created, 4 updated, 5 updated" || !results[2].DryRun || results[2].ID != "" {
		t.Errorf("exit code %d: %s\n%s", code, got, errs)
	}
	if writes(site.api) != 0 || len(site.rows(t)) != 0 || !strings.Contains(errs, "nothing was written") {
		t.Errorf("%d writes, %d rows\n%s", writes(site.api), len(site.rows(t)), errs)
	}
	// What could not be written is told as well.
	before := site.file
	site.write(t, "users.jsonl", `{"id":"usr_0000001","email":"other@example.com"}`+"\n"+`{"email":"x@example.com","username":"x"}`)
	if code, results, errs := site.push(t, "authon", "--dry-run"); code != exitFailed || !strings.Contains(results[1].Error, "authon cannot change email") || !strings.Contains(results[2].Error, "authon cannot write username") {
		t.Errorf("exit code %d: %+v\n%s", code, results, errs)
	}
	site.file = before
	code, out, _ := runProgram(t, "push", "authon", "--file", site.file, "--dry-run", "--config", site.config)
	if code != exitOK || out != "line 2: would be created app-1\nline 3: would be created app-2\nline 4: would be updated usr_0000001\nline 5: would be updated usr_0000002\n" {
		t.Errorf("exit code %d: %s", code, out)
	}
}

// A bad line is a result, and nothing is sent for it; the others are written.
func TestPushSaysWhichLinesFailed(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
	site.write(t, "users.csv", `id,external_id,email,name,email_verified,metadata
,app-1,a@example.com,A,true,
,,no address,B,maybe,{
,,,C,,
,,c@example.com
,,d@example.com,"D
two lines",,
nobody,,,E,,
usr_0000001,,other@example.com,F,,
usr_0000002,app-1,,G,,
,,e@example.com,"H"x,,
,app-3,f@example.com,I,,[]
`)
	code, results, errs := site.push(t, "authon")
	for line, want := range map[int]string{
		3: "email: it is no address; email_verified: it is neither true nor false; metadata: the body ends", 4: "it says not who it is about: give one of id, external_id, email",
		5: "it has 3 cells, and the header has 6", 6: "name: the lines 6 to 7 are one cell, is a quote left open?", 8: "the provider has no user with this id", 9: "authon cannot change email: it is set when the user is created",
		10: "id and external_id are those of two users", 11: "it is no CSV", 12: "refuses the data (400 Bad Request), about metadata",
	} {
		if r := results[line]; r.Result != resultFailed || !strings.Contains(r.Error, want) || strings.Contains(r.Error, "@") {
			t.Errorf("line %d: %+v", line, r)
		}
	}
	if code != exitFailed || results[2].Result != resultCreated || len(results) != 10 || site.api.Users().Len() != 6 {
		t.Errorf("exit code %d, %d users: %+v\n%s", code, site.api.Users().Len(), results, errs)
	}
	if !strings.Contains(errs, "1 created, 0 updated, 0 unchanged, 9 failed") {
		t.Errorf("%s", errs)
	}
}

func TestPushUsage(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 1)
	for text, says := range map[string][]string{
		"":                        {"the file is empty: its first line names the columns"},
		"emial,name,name,\n":      {"the header, cell 1: a name is no column, did you mean email?", "the column name stands twice", "the header, cell 4: a name is no column", "no column says who a line is about: add one of id, external_id, email"},
		"id,username,suspended\n": {"authon cannot write username: leave it out"},
		"a\"b,id\n":               {"the header cannot be read"},
		"email;name\n":            {"put commas between the cells"},
		"ann@example.com,Ann\n":   {"the first line names no column: is the header missing?"},
	} {
		site.write(t, "users.csv", text)
		code, results, errs := site.push(t, "authon")
		for _, want := range says {
			if code != exitUsage || len(results) > 0 || !strings.Contains(errs, want) || strings.Contains(errs, "Ann") || strings.Contains(errs, "@") {
				t.Errorf("%q: exit code %d\n%s\nsays not %s", text, code, errs, want)
			}
		}
	}
	for words, says := range map[string]string{
		"push authon":                                   "say --file FILE",
		"push":                                          "say PROVIDER",
		"push nobody --file x.csv":                      `no provider "nobody" is configured`,
		"push authon --file x --format xml":             "--format: want csv or jsonl",
		"push authon --file x --concurrency 0":          "--concurrency",
		"push authon --file " + site.file + ".not":      "no such file",
		"push authon --file " + filepath.Dir(site.file): "is a directory",
	} {
		code, _, errs := runProgram(t, append(strings.Fields(words), "--config", site.config)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%s: exit code %d\n%s", words, code, errs)
		}
	}
	other := newPushSite(t, "node_auth", databaseURLs["sqlite"](t), 1)
	if code, _, errs := other.push(t, "node_auth"); code != exitUsage || !strings.Contains(errs, "POST /auth/register") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}
