package handlers_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"usersync/handlers"
	usersync "usersync/sync"
)

// scenario is one entry of testdata/scenarios.yaml.
type scenario struct {
	Name    string `yaml:"name"`
	Request struct {
		Method  string              `yaml:"method"`
		Target  string              `yaml:"target"`
		Headers []map[string]string `yaml:"headers"`
		Body    string              `yaml:"body"`
		Repeat  int                 `yaml:"repeat"`
		Chunked bool                `yaml:"chunked"`
	} `yaml:"request"`
	Sink struct {
		Outcome string `yaml:"outcome"`
		Error   string `yaml:"error"`
		Panic   string `yaml:"panic"`
	} `yaml:"sink"`
	Want struct {
		Status  int               `yaml:"status"`
		Body    string            `yaml:"body"`
		Headers map[string]string `yaml:"headers"`
		Stored  int               `yaml:"stored"`
		Log     string            `yaml:"log"`
	} `yaml:"want"`
}

func TestScenarios(t *testing.T) {
	t.Parallel()
	for _, s := range readScenarios(t) {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			w := newSite(t, settings{options: handlers.Options{
				MaxBody: 64_000,
				Sink:    s.sink(t),
				Endpoints: map[string]handlers.Endpoint{
					"acme":     {Provider: fakeProvider{}},
					"polite":   {Provider: politeProvider{}},
					"silent":   {Provider: silentProvider{}},
					"reserved": {Provider: politeProvider{}, AllowIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
					"fenced":   {Provider: fakeProvider{}, AllowIPs: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}},
					"local":    {Provider: fakeProvider{}, AllowIPs: []netip.Prefix{netip.MustParsePrefix("::ffff:127.0.0.0/104")}},
				},
			}})
			answer, body := do(t, s.request(t, w.public))
			if answer.StatusCode != s.Want.Status || body != s.Want.Body {
				t.Errorf("answer %d %s, want %d %s", answer.StatusCode, body, s.Want.Status, s.Want.Body)
			}
			s.checkHeaders(t, answer.Header)
			if got := w.sink.count(); got != s.Want.Stored {
				t.Errorf("%d deliveries were submitted, want %d", got, s.Want.Stored)
			}
			eventually(t, "the log line", func() bool { return strings.Contains(w.journal.String(), `"message":"request"`) })
			log := w.journal.String()
			if !strings.Contains(log, s.Want.Log) {
				t.Errorf("the log lacks %s:\n%s", s.Want.Log, log)
			}
			if strings.Contains(strings.ToLower(log), marker) {
				t.Errorf("the log holds what the request said:\n%s", log)
			}
		})
	}
}

func readScenarios(t *testing.T) (all []scenario) {
	t.Helper()
	file, err := os.Open("testdata/scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	strict := yaml.NewDecoder(file)
	strict.KnownFields(true)
	if err := strict.Decode(&all); err != nil {
		t.Fatal(err)
	}
	return all
}

// sink answers as the scenario says.
func (s scenario) sink(t *testing.T) *fakeSink {
	t.Helper()
	switch {
	case s.Sink.Panic != "":
		return &fakeSink{answer: func(context.Context) (usersync.Outcome, error) { panic(s.Sink.Panic) }}
	case s.Sink.Error != "":
		return &fakeSink{answer: func(context.Context) (usersync.Outcome, error) {
			return usersync.OutcomeNone, errors.New(s.Sink.Error)
		}}
	case s.Sink.Outcome != "":
		for o := usersync.OutcomeDeadLetter; o <= usersync.OutcomeSpooled; o++ {
			if o.String() == s.Sink.Outcome {
				return &fakeSink{answer: func(context.Context) (usersync.Outcome, error) { return o, nil }}
			}
		}
		t.Fatalf("no outcome is called %s", s.Sink.Outcome)
	}
	return &fakeSink{}
}

func (s scenario) request(t *testing.T, addr string) *http.Request {
	t.Helper()
	method, target := s.Request.Method, s.Request.Target
	if method == "" {
		method = http.MethodPost
	}
	if target == "" {
		target = "/webhooks/acme"
	}
	path, query, _ := strings.Cut(target, "?")
	text := s.Request.Body
	if text == "user" {
		text += " " + marker
	}
	text = strings.Repeat(text, max(s.Request.Repeat, 1))
	var body io.Reader = strings.NewReader(text)
	if s.Request.Chunked {
		body = io.MultiReader(body) // its length cannot be known
	}
	r, err := http.NewRequest(method, "http://"+addr, body)
	if err != nil {
		t.Fatal(err)
	}
	r.URL = &url.URL{Scheme: "http", Host: addr, Opaque: path, RawQuery: query}
	r.Header.Set("X-Canary", marker)
	for _, header := range s.Request.Headers {
		for name, value := range header {
			r.Header.Add(name, value)
		}
	}
	return r
}

func (s scenario) checkHeaders(t *testing.T, h http.Header) {
	t.Helper()
	want := map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Server": "", "Retry-After": "", "Allow": "", "Location": ""}
	for name, value := range s.Want.Headers {
		want[name] = value
	}
	for name, value := range want {
		if h.Get(name) != value {
			t.Errorf("%s: %q, want %q", name, h.Get(name), value)
		}
	}
}
