package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/providers"
	usersync "usersync/sync"
)

// scripted is a provider that creates users, or fails, as the e-mail says. The
// nth user takes the longer, the smaller n is.
type scripted struct {
	mu      sync.Mutex
	made    map[string]string
	flying  int
	most    int
	failing map[string]error
}

func (s *scripted) Finds(by string) bool { return by == "email" }

func (s *scripted) Find(_ context.Context, u providers.UserWrite) (c usersync.Command, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.UserID, found = s.made[strings.ToLower(u.Fields[usersync.FieldEmail].Str())]
	return c, found, nil
}

func (s *scripted) Create(_ context.Context, u providers.UserWrite) (c usersync.Command, err error) {
	email := strings.ToLower(u.Fields[usersync.FieldEmail].Str())
	s.mu.Lock()
	s.flying++
	s.most = max(s.most, s.flying)
	s.mu.Unlock()
	time.Sleep(time.Duration(10-min(len(email), 9)) * time.Millisecond)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flying--
	if err := s.failing[email]; err != nil {
		return c, err
	}
	c.UserID = fmt.Sprint("usr_", len(s.made))
	s.made[email] = c.UserID
	return c, nil
}

func (s *scripted) Update(_ context.Context, u providers.UserWrite) (c usersync.Command, err error) {
	c.UserID = u.ID
	return c, nil
}

func (s *scripted) Writable(providers.UserWrite) error { return nil }

// pushing runs a job over lines of JSON and returns what was printed.
func pushing(t *testing.T, s *scripted, text string) (job *pushJob, printed string, err error) {
	t.Helper()
	var out strings.Builder
	job = &pushJob{
		provider: "p", users: s, lines: &jsonLines{reader: bufio.NewReaderSize(strings.NewReader(text), 16)}, inFlight: 4,
		heard: func(context.Context, string) (heard, error) { return heard{}, nil },
		save: func(_ context.Context, page usersync.Page, run usersync.Run) (usersync.Run, bool, error) {
			return run, false, nil
		},
		print:  func(r pushResult) error { r.text(&out); return nil },
		report: func(pushCursor) {},
	}
	err = job.run(t.Context())
	return job, out.String(), err
}

func emails(names ...string) string {
	text := ""
	for _, name := range names {
		text += fmt.Sprintf("{%q:%q}\n", "email", name)
	}
	return text
}

var errDown = &providers.UnavailableError{Err: errors.New("down")}

// Results come in the order of the lines, though later ones are done earlier,
// and not too many are under way.
func TestPushKeepsTheOrder(t *testing.T) {
	t.Parallel()
	s := &scripted{made: map[string]string{}}
	var names []string
	for i := range 40 {
		names = append(names, strings.Repeat("a", 1+i%7)+fmt.Sprint(i)+"@x")
	}
	job, printed, err := pushing(t, s, emails(names...))
	if err != nil || job.at.Line != 40 || job.at.Created != 40 || s.most > 4 || s.most < 2 {
		t.Errorf("%+v, %d at once, %v", job.at, s.most, err)
	}
	for i, line := range strings.Split(strings.TrimSpace(printed), "\n") {
		if !strings.HasPrefix(line, fmt.Sprintf("line %d: created usr_", i+1)) {
			t.Errorf("%s", line)
		}
	}
}

// Two lines about one user never make two.
func TestPushOfOneUserTwice(t *testing.T) {
	t.Parallel()
	s := &scripted{made: map[string]string{}}
	job, printed, err := pushing(t, s, emails("a@x", "A@x", "a@x", "b@x"))
	if err != nil || len(s.made) != 2 || job.at.done() != 4 || strings.Count(printed, "created") != 2 {
		t.Errorf("%v %s %v", s.made, printed, err)
	}
}

// A failure that may be the provider's is the line's own if later lines do
// well, and ends the run if they do not.
func TestPushTellsAnOutageFromABadLine(t *testing.T) {
	t.Parallel()
	s := &scripted{made: map[string]string{}, failing: map[string]error{"b@x": errDown, "c@x": errDown}}
	job, printed, err := pushing(t, s, emails("a@x", "b@x", "c@x", "d@x"))
	if err != nil || job.at.Failed != 2 || job.at.Created != 2 || !strings.Contains(printed, "line 2: failed: down\nline 3: failed: down\nline 4: created") {
		t.Errorf("%s%v", printed, err)
	}
	for name, text := range map[string]string{"in a row": emails("a@x", "b@x", "c@x", "e@x", "d@x"), "to the end": emails("a@x", "b@x")} {
		s = &scripted{made: map[string]string{}, failing: map[string]error{"b@x": errDown, "c@x": errDown, "e@x": errDown}}
		job, printed, err = pushing(t, s, text)
		if err == nil || err.Error() != "line 2: down" || job.at.Line != 1 || !strings.HasPrefix(printed, "line 1: created") || strings.Contains(printed, "line 2") {
			t.Errorf("%s: %s%v, %+v", name, printed, err, job.at)
		}
	}
	s = &scripted{made: map[string]string{}, failing: map[string]error{"b@x": errors.New("wrong key")}}
	if job, printed, err = pushing(t, s, emails("a@x", "b@x", "c@x")); err == nil || err.Error() != "line 2: wrong key" || job.at.Line != 1 {
		t.Errorf("%s%v, %+v", printed, err, job.at)
	}
}

// What cannot be saved or printed, and a reader that fails, end the run.
func TestPushEndsWhenItCannotGoOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for name, change := range map[string]func(j *pushJob){
		"save": func(j *pushJob) {
			j.save = func(context.Context, usersync.Page, usersync.Run) (usersync.Run, bool, error) {
				return usersync.Run{}, false, broken
			}
		},
		"print": func(j *pushJob) { j.print = func(pushResult) error { return broken } },
		"read":  func(j *pushJob) { j.lines = failingLines{broken} },
	} {
		job := &pushJob{
			users: &scripted{made: map[string]string{}}, lines: &jsonLines{reader: bufio.NewReader(strings.NewReader(emails("a@x", "b@x")))}, inFlight: 2,
			save: func(_ context.Context, _ usersync.Page, run usersync.Run) (usersync.Run, bool, error) {
				return run, false, nil
			},
			print: func(pushResult) error { return nil }, report: func(pushCursor) {},
		}
		change(job)
		if err := job.run(t.Context()); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type failingLines struct{ err error }

func (f failingLines) next() (pushLine, error) { return pushLine{}, f.err }

func TestJSONLines(t *testing.T) {
	t.Parallel()
	long := `{"name":"` + strings.Repeat("x", maxPushLine) + `"}`
	lines := &jsonLines{reader: bufio.NewReader(strings.NewReader("\n{\"id\":\"a\"}\r\n" + long + "\n{\"id\":\"b\",\"x\":1}\n{\"name\":\"c\"}\n\n{\"id\":\"d\"}"))}
	for _, want := range []struct {
		number int
		id     string
		wrong  string
	}{{2, "a", ""}, {3, "", "it is longer than"}, {4, "b", "a name is no column; the columns are id"}, {5, "", "it says not who it is about"}, {7, "d", ""}} {
		line, err := lines.next()
		if err != nil || line.number != want.number || line.user.ID != want.id || (line.wrong == nil) != (want.wrong == "") || line.wrong != nil && !strings.Contains(line.wrong.Error(), want.wrong) {
			t.Errorf("%+v, %v, want %+v", line, err, want)
		}
	}
	if _, err := lines.next(); !errors.Is(err, io.EOF) {
		t.Error(err)
	}
}
