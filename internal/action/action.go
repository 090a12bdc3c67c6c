package action

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	usersync "usersync/sync"
)

// DefaultTimeout is for one try.
const DefaultTimeout = 10 * time.Second

// Declaration is an action as the operator declares it. Only id, url and secret are
// needed.
type Declaration struct {
	ID                           string
	Label, Category, Description string
	DependsOn                    []string
	URL, Secret                  string
	Body                         Template // the zero Template sends the argument as it is
	Headers                      map[string]string
	Timeout                      time.Duration // 0 is DefaultTimeout
}

// Action is a declaration without faults.
type Action struct {
	Declaration
	url    *url.URL
	key    []byte
	client *http.Client
	clock  func() time.Time
}

// Fault is what is wrong with one key of a declaration.
type Fault struct{ Key, Message string }

// BuiltIn are the ids of the actions that need no declaration.
func BuiltIn() []string { return []string{"user.ban", "user.delete", "user.unban", "user.upsert"} }

// idSyntax keeps ids fit for a script, a metric label and a file name.
var idSyntax = regexp.MustCompile(`^[a-z][a-z0-9_-]*(\.[a-z0-9_-]+)*$`)

var headerName = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")

// New checks a declaration. Faults quote nothing that may be secret.
func New(d Declaration) (*Action, []Fault) {
	var faults []Fault
	fault := func(key, format string, arguments ...any) {
		faults = append(faults, Fault{key, fmt.Sprintf(format, arguments...)})
	}
	a := &Action{Declaration: d, client: newClient(), clock: time.Now}
	switch {
	case slices.Contains(BuiltIn(), d.ID):
		fault("", "%s is built in: choose another name", d.ID)
	case len(d.ID) > 100 || !idSyntax.MatchString(d.ID):
		fault("", "the name of an action is words of small letters, digits, _ and - with dots between them, as notify.chat")
	}
	var err error
	if a.url, err = checkURL(d.URL); err != nil {
		fault("url", "%v", err)
	}
	if a.key, err = keyOf(d.Secret); err != nil {
		fault("secret", "%v", err)
	}
	for name, value := range d.Headers {
		if problem := wrongHeader(name, value); problem != "" {
			fault("headers", "%s: %s", name, problem)
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(strings.Compare(a.Key, b.Key), strings.Compare(a.Message, b.Message))
	})
	switch {
	case d.Timeout == 0:
		a.Timeout = DefaultTimeout
	case d.Timeout > usersync.MessageTimeout:
		fault("timeout", "must be at most %v: a receiver that takes longer should answer first and work afterwards", usersync.MessageTimeout)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return a, nil
}

func checkURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		return nil, fmt.Errorf("missing: write where to send, as https://app.example.com/hooks/usersync")
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return nil, fmt.Errorf("want an address such as https://app.example.com/hooks/usersync")
	case u.User != nil:
		return nil, fmt.Errorf("remove user and password: credentials belong into headers")
	case u.Fragment != "":
		return nil, fmt.Errorf("remove what begins with #: it is never sent")
	}
	return u, nil
}

// wrongHeader says what is wrong with a header, "" if nothing is.
func wrongHeader(name, value string) string {
	switch lower := strings.ToLower(name); {
	case !headerName.MatchString(name):
		return "this is no name of a header"
	case strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r == 0x7f }):
		return "a header holds one line"
	case strings.HasPrefix(lower, "webhook-"):
		return "the signature's own headers cannot be set"
	case slices.Contains([]string{"host", "content-length", "content-type", "transfer-encoding", "connection"}, lower):
		return "this header cannot be set"
	}
	return ""
}

// Host is where the action is sent to, without the path, which may be secret.
func (a *Action) Host() string { return a.url.Host }

// Clear reports whether what is sent travels in clear between machines.
func (a *Action) Clear() bool {
	host := a.url.Hostname()
	ip := net.ParseIP(host)
	return a.url.Scheme == "http" && host != "localhost" && !(ip != nil && ip.IsLoopback())
}

// Render makes the body of a message from what the script says.
func (a *Action) Render(args []byte) ([]byte, error) {
	body, err := a.Body.Render(args)
	if err != nil {
		return nil, fmt.Errorf("action %s: %w", a.ID, err)
	}
	return body, nil
}

// Close lets go of idle connections.
func (a *Action) Close() { a.client.CloseIdleConnections() }
