package main

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/logtest"
	"usersync/providers"
)

// Every provider has its webhooks in the story, whichever kinds it knows.
func TestDemoShowsTheTable(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, "demo")
	if code != exitOK || errs != "" {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	for _, name := range providers.Signable() {
		if !strings.Contains(out, "POST /webhooks/"+name+" ") || !strings.Contains(out, "\n"+name+" ") {
			t.Errorf("%s has no webhook or no row in\n%s", name, out)
		}
	}
	for _, want := range []string{
		"→ 200 applied\n", "every answer as it should be",
		"→ 200 stale      late: cleo stays deleted; nothing in it is news\n", "→ 200 applied    late: cleo stays deleted; gets the profile ",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	for line := range strings.Lines(out) {
		if strings.TrimRight(line, " \t\n")+"\n" != line {
			t.Errorf("blanks at the end of %q", line)
		}
	}
}

func TestDemoAsJSON(t *testing.T) {
	t.Parallel()
	code, out, _ := runProgram(t, "demo", "--json")
	var result demoResult
	if err := json.Unmarshal([]byte(out), &result); code != exitOK || err != nil || len(result.Users) == 0 || result.Surprises != 0 {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
}

// A provider's story leaves out what it has no event for, and "the same again"
// with it.
func TestPlanOfTheStory(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kinds []string
		notes []string
	}{
		"nothing":    {nil, nil},
		"no update":  {[]string{"created"}, []string{"first", "forged"}},
		"no deleted": {[]string{"created", "updated"}, []string{"first", "changed", "the same again", "forged"}},
		"everything": {[]string{"created", "updated", "deleted"}, []string{"first", "changed", "the same again", "gone", "late", "forged"}},
		"no created": {[]string{"updated", "deleted"}, []string{"changed", "the same again", "gone"}},
	} {
		told := plan([]chapter{
			{kind: "created", note: "first"},
			{kind: "updated", note: "changed"},
			{kind: "updated", note: "the same again", repeat: true},
			{kind: "deleted", note: "gone"},
			{kind: "created", note: "late", needs: "deleted"},
			{kind: "created", note: "forged", forge: true},
		}, func(kind string) bool { return slices.Contains(c.kinds, kind) })
		var notes []string
		for _, ch := range told {
			notes = append(notes, ch.note)
		}
		if !slices.Equal(notes, c.notes) {
			t.Errorf("%s: %q, want %q", name, notes, c.notes)
		}
	}
}

// --keep leaves the daemon running, and what it shows can be used.
func TestDemoKeepsRunning(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out := &logtest.Log{}
	p := &program{stdout: out, stderr: &logtest.Log{}}
	exited := make(chan int, 1)
	go func() { exited <- p.run(ctx, []string{"demo", "--keep"}) }()
	var metrics string
	for deadline := time.Now().Add(patience); metrics == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if _, after, shown := strings.Cut(out.String(), "  metrics"); shown && strings.Contains(after, "send ") {
			metrics, _, _ = strings.Cut(after, "\n")
			metrics = strings.TrimSpace(metrics)
		}
	}
	response, err := http.Get(metrics)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	response.Body.Close()
	_, pasted, _ := strings.Cut(out.String(), "  usersync send ")
	pasted, _, _ = strings.Cut(pasted, "\n")
	if code, answer, errs := runProgram(t, append([]string{"send"}, strings.Fields(pasted)...)...); code != exitOK || !strings.HasPrefix(answer, "usr_1 200 ") {
		t.Errorf("what it shows to paste: exit code %d\n%s%s", code, answer, errs)
	}
	if columns := regexp.MustCompile(`(?m)^  (\w+ +)\S+ +secret \S+$`).FindAllStringSubmatch(out.String(), -1); len(columns) != len(providers.Signable()) ||
		slices.ContainsFunc(columns, func(c []string) bool { return len(c[1]) != len(columns[0][1]) }) {
		t.Errorf("not aligned:\n%s", out)
	}
	cancel()
	if code := <-exited; code != exitOK || response.StatusCode != http.StatusOK {
		t.Errorf("exit code %d, status %d", code, response.StatusCode)
	}
}
