package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// fakeServer makes a folder whose programs claim a version.
func fakeServer(t *testing.T, version string) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
	for _, name := range []string{"initdb", "postgres"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestNamedFolderIsTaken(t *testing.T) {
	for version, ok := range map[string]bool{"11.22": false, "12.1": true, "18beta1": true} {
		dir := fakeServer(t, version)
		t.Setenv(BinEnv, dir)
		got, err := FindBinaries()
		if ok && (err != nil || got != dir) {
			t.Errorf("version %s: got %q, %v", version, got, err)
		}
		if !ok && err == nil {
			t.Errorf("version %s is too old and was taken", version)
		}
	}
}

func TestNamedFolderWithoutServerIsAnError(t *testing.T) {
	t.Setenv(BinEnv, t.TempDir())
	_, err := FindBinaries()
	if err == nil || !strings.Contains(err.Error(), BinEnv) {
		t.Fatalf("the error must name %s: %v", BinEnv, err)
	}
	if errors.Is(err, ErrNoServer) {
		t.Fatal("a wrong setting must not lead to an installation")
	}
}

func TestPathComesBeforeOtherPlaces(t *testing.T) {
	dir := fakeServer(t, "16.4")
	t.Setenv(BinEnv, "")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	if got, err := FindBinaries(); err != nil || got != dir {
		t.Fatalf("got %q, %v; want %q", got, err, dir)
	}
	if !slices.Contains(binCandidates(), dir) {
		t.Fatal("the folder in PATH is no candidate")
	}
}

func TestOldServerInPathIsPassedOver(t *testing.T) {
	dir := fakeServer(t, "13.9")
	t.Setenv(BinEnv, "")
	t.Setenv("PATH", dir)
	got, err := FindBinaries()
	if err == nil && got == dir {
		t.Fatal("version 13 was taken")
	}
	if err != nil && !strings.Contains(err.Error(), "version 13") {
		t.Fatalf("the error must say what was found: %v", err)
	}
}
