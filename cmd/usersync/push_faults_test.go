package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
)

// manyUsers is a file with users who are not there yet.
func manyUsers(n int, externalID bool) string {
	var text strings.Builder
	text.WriteString("external_id,email,name\n")
	for i := range n {
		id := ""
		if externalID {
			id = fmt.Sprintf("app-%d", i)
		}
		fmt.Fprintf(&text, "%s,new%d@example.com,New %d\n", id, i, i)
	}
	return text.String()
}

// Whatever fails in between, each user is made once.
func TestPushThroughFaults(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 0)
		for _, trouble := range []fakeprovider.Trouble{
			{Fault: fakeprovider.TooMany, HTML: true, Delay: time.Second, Skip: 3, Times: 1},
			{Fault: fakeprovider.Failure, HTML: true, Route: fakeprovider.Create, Skip: 5, Times: 1},
			{Fault: fakeprovider.Truncated, Route: fakeprovider.Create, Skip: 8, Times: 2},
			{Fault: fakeprovider.Severed, Route: fakeprovider.Create, Skip: 15, Times: 2},
			{Fault: fakeprovider.Failure, Route: fakeprovider.FetchExternal, Skip: 10, Times: 2},
		} {
			site.api.Inject(trouble)
		}
		site.write(t, "users.csv", manyUsers(30, true))
		code, results, errs := site.push(t, "authon")
		if code != exitOK || len(results) != 30 || site.api.Users().Len() != 30 || len(site.rows(t)) != 30 {
			t.Errorf("exit code %d, %d results, %d users, %d rows\n%s", code, len(results), site.api.Users().Len(), len(site.rows(t)), errs)
		}
		if faults := site.api.Counts().Faults; faults[fakeprovider.Truncated] != 2 || faults[fakeprovider.Severed] != 2 {
			t.Errorf("%v", faults)
		}
	})
}

// Without an external id nobody knows whether a user was made whose answer was
// cut: the line fails, and the next run finds the user by e-mail.
func TestPushMakesNoSecondUser(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 0)
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Truncated, Route: fakeprovider.Create, Skip: 1, Times: 1})
		site.write(t, "users.csv", manyUsers(5, false))
		code, results, errs := site.push(t, "authon", "--concurrency", "1")
		if code != exitFailed || !strings.Contains(results[3].Error, "may have been created all the same") || len(results) != 5 || len(site.rows(t)) != 4 {
			t.Fatalf("exit code %d: %+v, %d rows\n%s", code, results, len(site.rows(t)), errs)
		}
		code, results, errs = site.push(t, "authon")
		if code != exitOK || shortResults(results) != "2 unchanged, 3 unchanged, 4 unchanged, 5 unchanged, 6 unchanged" || site.api.Users().Len() != 5 || len(site.rows(t)) != 5 {
			t.Errorf("exit code %d: %+v, %d users\n%s", code, results, site.api.Users().Len(), errs)
		}
	})
}

// A key that is withdrawn ends the run; with the key back, it goes on there.
func TestPushGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 0)
		site.write(t, "users.csv", manyUsers(20, true)+",no address,X\n")
		trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Route: fakeprovider.Create, Skip: 12})
		code, first, errs := site.push(t, "authon", "--concurrency", "1")
		if code != exitFailed || len(first) != 12 || len(site.rows(t)) != 12 || !strings.Contains(errs, "run it again to go on behind line 13") || !strings.Contains(errs, "usersync: line 14: ") || !strings.Contains(errs, "check api.key") {
			t.Fatalf("exit code %d: %s\n%s", code, shortResults(first), errs)
		}
		trouble.Remove()
		lookups := site.api.Counts().Requests[fakeprovider.FetchExternal]
		code, second, errs := site.push(t, "authon")
		if code != exitFailed || len(second) != 9 || second[14].Result != resultCreated || second[22].Result != resultFailed || len(site.rows(t)) != 20 ||
			!strings.Contains(errs, "20 created, 0 updated, 0 unchanged, 1 failed") {
			t.Errorf("exit code %d: %s\n%s", code, shortResults(second), errs)
		}
		if again := site.api.Counts().Requests[fakeprovider.FetchExternal] - lookups; again != 8 {
			t.Errorf("%d users were looked up, want 8", again)
		}
		// That run has ended, though a line failed: the next one begins anew. So
		// does one with another file, or one that is told to.
		if code, third, _ := site.push(t, "authon"); code != exitFailed || len(third) != 21 || third[2].Result != resultUnchanged {
			t.Errorf("exit code %d: %s", code, shortResults(third))
		}
	})
}

// An interrupted run is not gone on with by another file.
func TestPushOfAnotherFileBeginsAnew(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 0)
	trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Route: fakeprovider.Create, Skip: 3})
	site.write(t, "users.csv", manyUsers(6, true))
	site.push(t, "authon", "--concurrency", "1")
	trouble.Remove()
	for _, again := range []struct {
		text  string
		words []string
	}{{manyUsers(6, true) + "\n", nil}, {manyUsers(6, true), []string{"--restart"}}} {
		site.write(t, "users.csv", again.text)
		if code, results, errs := site.push(t, "authon", again.words...); code != exitOK || len(results) != 6 || results[2].Result != resultUnchanged {
			t.Errorf("exit code %d: %s\n%s", code, shortResults(results), errs)
		}
	}
}

// Killed at random moments and run again with the same file, a push makes every
// user once, and has a row for each.
func TestPushKilledAtRandomMoments(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const users, kills = 400, 8
		site := newPushSite(t, "authon", databaseURL, 0)
		site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Slow, Delay: 5 * time.Millisecond})
		site.write(t, "users.csv", manyUsers(users, true))
		random := rand.New(rand.NewPCG(5, 5))
		killed, early, told := 0, 0, map[int]bool{}
		for range kills {
			cmd := command(t, "push", "authon", "--file", site.file, "--json", "--take-over", "--config", site.config)
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			text := killedAfter(t, cmd, out, 1+random.IntN(30), time.Duration(random.IntN(20))*time.Millisecond)
			ended := cmd.Wait() == nil
			if !ended {
				killed++
			}
			for line := range resultsOf(t, text) {
				if told[line] {
					t.Errorf("line %d was told twice", line)
				}
				told[line] = true
				early++
			}
			if ended || told[users+1] { // the kill came too late: the next one begins anew
				clear(told)
			}
		}
		code, results, errs := site.push(t, "authon", "--take-over")
		if code != exitOK || site.api.Users().Len() != users || len(site.rows(t)) != users {
			t.Errorf("exit code %d, %d users, %d rows\n%s", code, site.api.Users().Len(), len(site.rows(t)), errs)
		}
		for line := range results {
			if told[line] {
				t.Errorf("line %d was told twice", line)
			}
		}
		t.Logf("killed %d times; %d lines were told before the last run, %d by it; %d creates", killed, early, len(results), site.api.Counts().Requests[fakeprovider.Create])
		if killed == 0 || early == 0 {
			t.Error("nothing was killed, or nothing was done before")
		}
	})
}

// killedAfter reads some lines, waits, kills the process, and returns all whole
// lines that it wrote.
func killedAfter(t *testing.T, cmd *exec.Cmd, out io.Reader, lines int, wait time.Duration) (text string) {
	t.Helper()
	reader := bufio.NewReader(out)
	for n := 1; ; n++ {
		line, err := reader.ReadString('\n')
		if err != nil {
			return text // what it was killed in is no line
		}
		if text += line; n == lines {
			time.Sleep(wait)
			_ = cmd.Process.Signal(syscall.SIGKILL) // it may have ended
		}
	}
}

// Standard input is read as a file is; what is done is found again.
func TestPushFromStdin(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 0)
	for _, want := range []string{"line 1: created usr_added0000000\nline 2: failed: it is no JSON object\n", "line 1: unchanged usr_added0000000\nline 2: failed: it is no JSON object\n"} {
		cmd := command(t, "push", "authon", "--file", "-", "--config", site.config)
		cmd.Stdin = strings.NewReader("{\"email\":\"a@example.com\",\"external_id\":\"app-1\"}\n[]\n")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run() // the exit code is looked at
		if code := cmd.ProcessState.ExitCode(); code != exitFailed || out.String() != want || strings.Contains(errs.String(), "@") {
			t.Errorf("exit code %d: %s\n%s", code, &out, &errs)
		}
	}
}

// No key, secret or address is in what is told, whatever the provider answers.
func TestPushShowsNoSecret(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 0)
	site.write(t, "users.csv", manyUsers(3, true))
	for _, fault := range []fakeprovider.Fault{fakeprovider.Forbidden, fakeprovider.NoListing, fakeprovider.Undated} {
		trouble := site.api.Inject(fakeprovider.Trouble{Fault: fault})
		code, out, errs := runProgram(t, "push", "authon", "--file", site.file, "--config", site.config)
		trouble.Remove()
		for _, hidden := range []string{site.api.Key(), "test_secret", "@example.com"} {
			if strings.Contains(out+errs, hidden) {
				t.Errorf("%s: exit code %d, and %s in\n%s%s", fault, code, hidden, out, errs)
			}
		}
	}
	// An unreadable answer to a dry run neither.
	if err := os.WriteFile(site.file, []byte("email\na@example.com\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Match: func(r *http.Request) bool { return r.URL.Query().Has("search") }})
	if _, out, errs := runProgram(t, "push", "authon", "--file", site.file, "--config", site.config, "--dry-run"); strings.Contains(out+errs, "@") || !strings.Contains(errs, "GET /v1/backend/users: the provider answered 401") {
		t.Errorf("%s%s", out, errs)
	}
}
