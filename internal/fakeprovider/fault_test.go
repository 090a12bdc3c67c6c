package fakeprovider

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestTooMany(t *testing.T) {
	t.Parallel()
	const nestBody = `{"statusCode":429,"message":"ThrottlerException: Too Many Requests","error":"Too Many Requests"}`
	const htmlBody = "<!DOCTYPE html>\n<html><head><title>Too Many Requests</title></head><body><h1>Too Many Requests</h1></body></html>\n"
	for name, test := range map[string]struct {
		kind              string
		trouble           Trouble
		body, after, kept string
	}{
		"seconds":  {"authon", Trouble{Delay: 1500 * time.Millisecond}, nestBody, "2", typeJSON},
		"date":     {"authon", Trouble{Delay: 30 * time.Second, AsDate: true}, nestBody, "Fri, 01 May 2026 12:00:31 GMT", typeJSON},
		"no hint":  {"authon", Trouble{}, nestBody, "", typeJSON},
		"html":     {"authpi", Trouble{Delay: time.Second, HTML: true}, htmlBody, "1", typeHTML},
		"in oauth": {"authpi", Trouble{}, `{"error":"rate_limited","error_description":"Too Many Requests"}`, "", typeJSON},
	} {
		s := New(test.kind, Options{Users: 3, Now: noon})
		test.trouble.Fault = TooMany
		s.Inject(test.trouble)
		got := get(t, s, "")
		want(t, got, http.StatusTooManyRequests, test.body)
		if got.Header().Get("Retry-After") != test.after || got.Header().Get("Content-Type") != test.kept {
			t.Errorf("%s: got %v", name, got.Header())
		}
	}
}

func TestAnswersInstead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind    string
		trouble Trouble
		status  int
		body    string
	}{
		"500":       {"authon", Trouble{Fault: Failure}, 500, `{"statusCode":500,"message":"Internal server error","error":"Internal Server Error"}`},
		"500 oauth": {"authpi", Trouble{Fault: Failure}, 500, `{"error":"server_error","error_description":"Internal server error"}`},
		"500 html":  {"node_auth", Trouble{Fault: Failure, HTML: true}, 500, string(edge(500).body)},
		"401":       {"node_auth", Trouble{Fault: Forbidden}, 401, `{"error":"Unauthorized"}`},
		"501":       {"node_auth", Trouble{Fault: NoListing}, 501, `{"error":"listUsers is not implemented by this user store","users":[],"total":0}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New(test.kind, Options{Users: 3})
			injected := s.Inject(test.trouble)
			want(t, get(t, s, ""), test.status, test.body)
			injected.Remove()
			status(t, get(t, s, ""), http.StatusOK)
			if injected.Count() != 1 || s.Counts().Faults[test.trouble.Fault] != 1 {
				t.Errorf("%d, %v, want 1", injected.Count(), s.Counts().Faults)
			}
		})
	}
}

func TestExpiredCursor(t *testing.T) {
	t.Parallel()
	s := New("authpi", Options{Users: 3})
	s.Inject(Trouble{Fault: Expired, Times: 1})
	status(t, get(t, s, ""), http.StatusOK)
	want(t, get(t, s, "?cursor=usr_0000001"), http.StatusBadRequest, `{"error":"invalid_request","error_description":"cursor expired"}`)
	status(t, get(t, s, "?cursor=usr_0000001"), http.StatusOK)
}

func TestVictims(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		trouble  Trouble
		statuses string // of five lists and a fetch
	}{
		"each":          {Trouble{}, "555555"},
		"every second":  {Trouble{Every: 2}, ".5.5.5"},
		"the first two": {Trouble{Times: 2}, "55...."},
		"the fourth":    {Trouble{Skip: 3, Times: 1}, "...5.."},
		"lists":         {Trouble{Route: List}, "55555."},
		"fetches":       {Trouble{Route: Fetch}, ".....5"},
		"page 3":        {Trouble{Match: Query("page", "3")}, "..5..."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := New("authon", Options{Users: 3})
			test.trouble.Fault = Failure
			s.Inject(test.trouble)
			var got strings.Builder
			for _, rest := range []string{"?page=1", "?page=2", "?page=3", "?page=4", "?page=5", "/usr_0000001"} {
				if get(t, s, rest).Code == http.StatusOK {
					got.WriteByte('.')
				} else {
					got.WriteByte('5')
				}
			}
			if got.String() != test.statuses {
				t.Errorf("got %s, want %s", got.String(), test.statuses)
			}
		})
	}
}

// wire lists over a real connection.
func wire(t *testing.T, trouble Trouble) (*Server, *http.Response, []byte, error) {
	t.Helper()
	s := New("authon", Options{Users: 50})
	s.Inject(trouble)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+s.Path()+"?limit=50", nil)
	if err != nil {
		t.Fatal(err)
	}
	authenticate(s, r)
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { response.Body.Close() })
	body, err := io.ReadAll(response.Body)
	return s, response, body, err
}

func TestHarmedBodies(t *testing.T) {
	t.Parallel()
	s, response, body, err := wire(t, Trouble{Fault: Truncated})
	if err != nil || int(response.ContentLength) != len(body) || json.Valid(body) || len(body) < 1000 || s.Counts().Users != 0 {
		t.Errorf("truncated: %d bytes of %d, %v", len(body), response.ContentLength, err)
	}
	s, response, body, err = wire(t, Trouble{Fault: Severed})
	if !errors.Is(err, io.ErrUnexpectedEOF) || response.StatusCode != http.StatusOK || len(body) < 1000 || s.Counts().Users != 0 {
		t.Errorf("severed: %d bytes of %d, %v", len(body), response.ContentLength, err)
	}
	s, response, body, err = wire(t, Trouble{Fault: WrongType})
	if err != nil || response.Header.Get("Content-Type") != typeHTML || !json.Valid(body) || s.Counts().Users != 0 {
		t.Errorf("wrong type: %v, %v", response.Header, err)
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	s, response, _, _ := wire(t, Trouble{Fault: Undated})
	if _, dated := response.Header["Date"]; dated || s.Counts().Users != 50 {
		t.Errorf("got %v", response.Header)
	}
	_, response, _, _ = wire(t, Trouble{Fault: Skewed, Delay: -3 * time.Hour})
	date, err := http.ParseTime(response.Header.Get("Date"))
	if off := time.Since(date); err != nil || off < 3*time.Hour || off > 3*time.Hour+time.Minute {
		t.Errorf("%v, %v", date, err)
	}
	right := New("authpi", Options{Now: noon})
	if got := get(t, right, "").Header().Get("Date"); got != "Fri, 01 May 2026 12:00:00 GMT" {
		t.Errorf("got %s", got)
	}
}
