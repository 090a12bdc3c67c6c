package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/spool"
	usersync "usersync/sync"
)

// aPostgres is the URL of a server that nobody asks.
const aPostgres = "postgres://nobody@127.0.0.1:1/none"

// spoolStatusOf runs `spool status`, as text and as JSON.
func spoolStatusOf(t *testing.T, config string, words ...string) (string, spoolStatus) {
	t.Helper()
	words = append([]string{"spool", "status", "--config", config}, words...)
	code, text, errs := runProgram(t, words...)
	if code != exitOK {
		t.Fatalf("exit code %d\n%s", code, errs)
	}
	var status spoolStatus
	if code, out, errs := runProgram(t, append(words, "--json")...); code != exitOK || json.Unmarshal([]byte(out), &status) != nil {
		t.Fatalf("exit code %d\n%s%s", code, out, errs)
	}
	return text, status
}

// A spool that is not there so far, or never will be, is told from an empty one.
func TestSpoolStatusWithoutADirectory(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "a", "spool")
	file := writeConfig(t, aPostgres, "spool: {dir: "+missing+"}\n")
	text, status := spoolStatusOf(t, file)
	if !strings.Contains(text, "directory  "+missing+" does not exist yet: serve makes it\n") || !status.Missing || status.Dir != missing {
		t.Errorf("%+v\n%s", status, text)
	}
	text, status = spoolStatusOf(t, file, "--set", "spool.dir=not/there")
	if !filepath.IsAbs(status.Dir) || !strings.Contains(text, status.Dir) {
		t.Errorf("%+v\n%s", status, text)
	}
	text, status = spoolStatusOf(t, file, "--set", "spool.enabled=false")
	if !strings.Contains(text, "spool.enabled is false") || strings.Contains(text, "does not exist") || status.Off == "" {
		t.Errorf("%+v\n%s", status, text)
	}
	sqlite := writeConfig(t, databaseURLs["sqlite"](t), "")
	if text, status = spoolStatusOf(t, sqlite); !strings.Contains(text, "with SQLite there is none") || status.Off == "" {
		t.Errorf("%+v\n%s", status, text)
	}
	left := leftBehind(t, 3)
	if text, status = spoolStatusOf(t, sqlite, "--dir", left); strings.Contains(text, "SQLite") || status.Requests != 3 || status.Off != "" {
		t.Errorf("%+v\n%s", status, text)
	}
	if _, err := os.Stat(missing); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("to look made something: %v", err)
	}
}

// What is full or cannot be read is said, by status and by check.
func TestSpoolStatusOfTrouble(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "it's full")
	s, err := spool.Open(dir, spool.Options{MaxBytes: 8 << 10, MinFree: -1})
	if err != nil {
		t.Fatal(err)
	}
	v := usersync.Verified{Provider: "authara", ReceivedAt: now(), Body: make([]byte, 300)}
	for err == nil {
		err = s.Append(t.Context(), &v)
	}
	if !errors.Is(err, usersync.ErrSpoolFull) || s.Close() != nil {
		t.Fatal(err)
	}
	file := writeConfig(t, aPostgres, "max_body: 4KiB\nspool: {dir: \""+dir+"\", max_bytes: 8KiB}\n")
	text, status := spoolStatusOf(t, file, "--dir", dir)
	if !strings.Contains(text, " KiB of 8.0 KiB\nfull       ") || status.Limit != 8<<10 || status.Full == "" {
		t.Errorf("%+v\n%s", status, text)
	}
	if paste := `usersync spool drain --dir '` + strings.ReplaceAll(dir, "'", `'\''`) + "'`"; !strings.Contains(text, paste) {
		t.Errorf("no %s in\n%s", paste, text)
	}
	segments, err := filepath.Glob(filepath.Join(dir, "*.spool"))
	if err != nil || len(segments) == 0 {
		t.Fatal(segments, err)
	}
	damage(t, segments[0], 400)
	if text, status = spoolStatusOf(t, file); !strings.Contains(text, "damaged    1 place that cannot be read") || status.Damaged != 1 {
		t.Errorf("%+v\n%s", status, text)
	}
	_, out, _ := runProgram(t, "check", "--config", file)
	for _, want := range []string{"WARN   spool          " + dir + ": the spool has no room", "WARN   spool          1 place in " + dir + " cannot be read"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
}

// damage flips the bits of one byte.
func damage(t *testing.T, file string, at int64) {
	t.Helper()
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, err = f.ReadAt(b, at)
	b[0] = ^b[0]
	if err == nil {
		_, err = f.WriteAt(b, at)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}
