package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"usersync/internal/secret"
)

// Whoever could read the file can read it afterwards, and nobody else.
func TestAddSecretKeepsTheReaders(t *testing.T) {
	t.Parallel()
	for mode, want := range map[os.FileMode]os.FileMode{0o400: 0o400, 0o600: 0o600, 0o640: 0o640, 0o644: 0o600} {
		file := filepath.Join(t.TempDir(), "secret")
		if err := os.WriteFile(file, []byte("old\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		owner := os.Getuid()
		if owner == 0 { // nobody else can give files away
			owner = 65532
		}
		if err := os.Chown(file, owner, -1); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		if err := addSecret(file, secret.New("new")); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		if is := info.Sys().(*syscall.Stat_t); info.Mode().Perm() != want || int(is.Uid) != owner {
			t.Errorf("%s: mode %s of %d, want %s of %d", mode, info.Mode(), is.Uid, want, owner)
		}
	}
}

// Several at once lose none.
func TestAddSecretAtOnce(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "secret")
	var crowd sync.WaitGroup
	for i := range 20 {
		crowd.Go(func() {
			if err := addSecret(file, secret.New(fmt.Sprint("secret", i))); err != nil {
				t.Error(err)
			}
		})
	}
	crowd.Wait()
	text, err := os.ReadFile(file)
	if err != nil || strings.Count(string(text), "secret") != 20 {
		t.Errorf("%q, %v", text, err)
	}
}

// What is no file is not replaced by one.
func TestAddSecretToNoFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	link, pipe := filepath.Join(folder, "link"), filepath.Join(folder, "pipe")
	if err := os.Symlink(filepath.Join(folder, "nothing"), link); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{link: "is a link to nothing", pipe: "is no file", folder: "is no file"} {
		before, err := os.Lstat(file)
		if err != nil {
			t.Fatal(err)
		}
		err = addSecret(file, secret.New("new"))
		after, statErr := os.Lstat(file)
		if err == nil || !strings.Contains(err.Error(), want) || statErr != nil || before.Mode() != after.Mode() {
			t.Errorf("%s: %v, %v", file, err, after)
		}
	}
}

// A terminal shows what comes from a provider, and obeys none of it.
func TestVisible(t *testing.T) {
	t.Parallel()
	const text = "é\x1b]0;x\x07\u009b2J\u202e\ta\nb"
	if got := visible(text); got != "é\\x1b]0;x\\a\\u009b2J\\u202e\ta\nb" {
		t.Errorf("%q", got)
	}
	if got := visibleLine(text); strings.ContainsAny(got, "\t\n") {
		t.Errorf("%q", got)
	}
}
