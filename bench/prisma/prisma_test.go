package prisma

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// programs makes a folder with stand-ins for node, npm and npx, and makes it PATH.
func programs(t *testing.T, scripts map[string]string) {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	t.Setenv("HOME", t.TempDir())
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	programs(t, map[string]string{"node": "", "npm": ""})
	_, _, _, err := Start(t.Context(), "postgres://nobody@127.0.0.1:1/none")
	if err == nil || !strings.Contains(err.Error(), "needs npx") || !strings.Contains(err.Error(), "install Node.js") {
		t.Error(err)
	}
}

func TestPackagesAreBroughtOnceAndWhole(t *testing.T) {
	programs(t, map[string]string{"node": "", "npm": "echo no such package >&2; exit 1", "npx": ""})
	if _, err := install(t.Context()); err == nil || !strings.Contains(err.Error(), "no such package") {
		t.Fatalf("a failed npm: %v", err)
	}
	programs(t, map[string]string{"node": "", "npm": "echo ran >>ran", "npx": `test "$PRISMA_SCHEMA_ENGINE_BINARY" = /bin/true`})
	dir, err := install(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	again, err := install(t.Context())
	if err != nil || again != dir {
		t.Errorf("%q and %q, %v", dir, again, err)
	}
	ran, err := os.ReadFile(filepath.Join(dir, "ran"))
	if err != nil || string(ran) != "ran\n" {
		t.Errorf("npm: %q, %v", ran, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "package-lock.json")); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "*unfinished*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestHandlerThatDoesNotListen(t *testing.T) {
	for script, want := range map[string]string{
		"echo the schema is wrong >&2; exit 3": "exit status 3",
		"echo port http; exit 0":               "did not begin to listen",
	} {
		programs(t, map[string]string{"node": script})
		_, _, _, err := serve(t.Context(), t.TempDir(), nil)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", script, err, want)
		}
	}
}

func TestHandlerRunsUntilItIsStopped(t *testing.T) {
	programs(t, map[string]string{"node": `trap 'exit 0' TERM; echo "port $PORT"; while :; do read line <"$FIFO"; done`})
	fifo := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(fifo, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	address, pid, stop, err := serve(context.WithoutCancel(t.Context()), t.TempDir(), []string{"PORT=4711", "FIFO=" + fifo})
	if err != nil {
		t.Fatal(err)
	}
	if address != "127.0.0.1:4711" || pid == 0 {
		t.Errorf("%s, process %d", address, pid)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
