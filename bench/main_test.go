package main

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"usersync/bench/result"
	"usersync/internal/pgtest"
)

// asBench makes the test program the benchmark itself: it starts itself as the load
// generator and as contestants.
const asBench = "USERSYNC_BENCH_ITSELF"

func TestMain(m *testing.M) {
	if os.Getenv(asBench) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// The whole way: databases, processes, load, meters, the look into the database, files.
func TestRivalsAreMeasured(t *testing.T) {
	t.Setenv(asBench, "1")
	t.Setenv(pgtest.ServerEnv, server(t))
	dir := t.TempDir()
	program := filepath.Join(dir, "usersync") // of no contestant here
	if err := os.WriteFile(program, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "result.json")
	picture, table := filepath.Join(dir, "result.svg"), filepath.Join(dir, "result.md")
	err := run(t.Context(), []string{
		"-only", "^ingest-64/(echo-gorm|ceiling)$", "-rounds", "2", "-users", "2000", "-duration", "1s", "-warmup", "100ms",
		"-usersync", program, "-dir", dir, "-json", file, "-svg", picture, "-markdown", table,
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var r result.Result
	if err := json.Unmarshal(text, &r); err != nil || len(r.Rows) != 2 || len(r.Failures) > 0 || r.Machine.Postgres == "" {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, row := range r.Rows {
		f := row.Median
		if len(row.Rounds) != 2 || f.EventsPerSecond <= 0 || f.P50 <= 0 || f.P99 < f.P50 || f.RSS < 1e6 || f.Errors != 0 || f.Answers[200] != f.Events {
			t.Errorf("%+v", row)
		}
		if hasDatabase := row.Contestant == result.GORM; (f.WAL > 0) != hasDatabase {
			t.Errorf("%s: %v bytes of WAL for each event", row.Contestant, f.WAL)
		}
	}
	for _, name := range []string{picture, table} {
		if text, err := os.ReadFile(name); err != nil || !strings.Contains(string(text), "GORM") && !strings.Contains(string(text), result.GORM) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, "usersync-bench-*")); err != nil || len(left) > 0 {
		t.Errorf("%v are left, %v", left, err)
	}
}

// server is a Postgres of which the test is a superuser.
func server(t *testing.T) string {
	t.Helper()
	if url := os.Getenv(pgtest.ServerEnv); url != "" {
		return url
	}
	cluster, err := pgtest.Start(pgtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	return cluster.URL()
}

func TestArgumentsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		arguments []string
		want      string
	}{
		"nothing matches":  {[]string{"-only", "ingest-65"}, "ingest-64/usersync"},
		"no expression":    {[]string{"-only", "("}, "-only"},
		"no such command":  {[]string{"prisma"}, "named by -only"},
		"no such folder":   {[]string{"-json", "missing/result.json"}, "missing/result.json"},
		"no rounds":        {[]string{"-rounds", "0"}, "more than 0"},
		"no such flag":     {[]string{"-quick"}, "not defined"},
		"load elsewhere":   {[]string{"load", "-address", "192.0.2.1:80"}, "loopback"},
		"load to a name":   {[]string{"load", "-address", "example.com:80"}, "loopback"},
		"load to no port":  {[]string{"load", "-address", "127.0.0.1"}, "host:port"},
		"load of no users": {[]string{"load", "-users", "0"}, "more than 0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := run(t.Context(), c.arguments); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// A command that is printed can be pasted, whatever it is that make or a shell would read.
func TestPrintedCommandsCanBePasted(t *testing.T) {
	for pattern, want := range map[string]string{
		"^ingest-64/":                 "-only=^ingest-64/",
		"^(start|poison)/usersync$":   "-only=^(start|poison)/usersync$",
		"ingest-64/usersync$ or more": "-only=ingest-64/usersync$ or more",
	} {
		flags := flag.NewFlagSet("bench", flag.ContinueOnError)
		flags.String("only", "", "")
		if err := flags.Parse([]string{"-only", pattern}); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "Makefile")
		if err := os.WriteFile(file, []byte("bench:\n\t@printf '%s\\n' $(BENCH)\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		command := strings.Replace(commandOf(flags), "make ", "make -s -f "+file+" ", 1)
		out, err := exec.CommandContext(t.Context(), "sh", "-c", command).CombinedOutput()
		if got := strings.TrimSpace(string(out)); err != nil || got != want {
			t.Errorf("%s says %q, want %q; %v", command, got, want, err)
		}
	}
}
