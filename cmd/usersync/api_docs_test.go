package main

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/apitest"
	"usersync/internal/report"
)

// documentedCall is a line of docs/API.md that asks the API.
type documentedCall struct{ line, method, target, body string }

// callWord is a word of a shell: in single or double quotes, or without.
var callWord = regexp.MustCompile(`'[^']*'|"[^"]*"|[^\s'"]+`)

// documentedCalls reads the lines that begin with api from the blocks of a page.
func documentedCalls(t *testing.T) (calls []documentedCall) {
	t.Helper()
	page, err := os.ReadFile("../../docs/API.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(page)) {
		if !strings.HasPrefix(line, "api ") {
			continue
		}
		c := documentedCall{line: strings.TrimSpace(line), method: http.MethodGet}
		words := callWord.FindAllString(c.line, -1)[1:]
		for i := 0; i < len(words); i++ {
			switch word := strings.Trim(words[i], `'"`); {
			case word == "-X":
				i++
				c.method = words[i]
			case word == "-d":
				i++
				c.body = strings.Trim(words[i], "'")
			default:
				c.target = strings.NewReplacer("$ops", "", "$users", "/users").Replace(word)
			}
		}
		calls = append(calls, c)
	}
	return calls
}

// What docs/API.md shows works as it stands there, on a daemon that has what it names;
// and no operation is left out.
func TestDocumentedCalls(t *testing.T) {
	t.Parallel()
	s := newAppSite(t, databaseURLs["sqlite"](t), nil)
	o := operatorOf(t, s.running)
	s.event("authon", "user.created", "usr_1", time.Now())
	var events found[report.LoggedEvent]
	o.must(200, "GET", "/events?user=usr_1", "", &events)
	there := strings.NewReplacer("event=evt_1", "event="+url.QueryEscape(events.Items[0].EventID), "at=1777863721120000", "at="+strconv.FormatInt(events.Items[0].Time, 10))
	for _, user := range []string{"usr_1", "usr_2"} {
		if got := s.poison(user, time.Now()); got != "dead_letter" {
			t.Fatal(got)
		}
	}
	contract, covered := apitest.Load(t), map[string]bool{}
	for _, c := range documentedCalls(t) {
		want := http.StatusOK
		switch {
		case c.method == http.MethodPost && c.target == "/users/authon":
			want = http.StatusCreated
		case c.method == http.MethodPost && c.target == "/runs":
			want = http.StatusAccepted
		case strings.HasPrefix(c.target, "/users/authon/usr_1") && !strings.Contains(c.target, "/wait"):
			want = http.StatusNotFound // the provider has made up other users
		}
		status, text, _ := o.call(c.method, there.Replace(c.target), c.body, nil)
		if status != want {
			t.Errorf("%s\n%d %s", c.line, status, text)
		}
		path, _, _ := strings.Cut(c.target, "?")
		covered[contract.OperationID(c.method, "/api/v1"+path)] = true
	}
	for _, id := range contract.OperationIDs() {
		if !covered[id] {
			t.Errorf("docs/API.md shows no call of %s", id)
		}
	}
	if slices.Contains(contract.OperationIDs(), "") {
		t.Error("an operation has no name")
	}
}
