package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// BinEnv names the folder of the server's programs (initdb, postgres). It is
// the way to test with a certain version of Postgres.
const BinEnv = "USERSYNC_PG_BIN"

const (
	// oldestFound is the oldest version taken without being asked for.
	oldestFound = 15
	// oldestNamed is the oldest version that usersync supports; BinEnv may
	// name it, so that the promise can be tested.
	oldestNamed = 12
)

// ErrNoServer reports that this machine has no Postgres server to start.
var ErrNoServer = errors.New("no Postgres server found")

// binPatterns are the places where packagers put the server's programs: they
// are seldom in PATH, because several versions may be installed side by side.
var binPatterns = []string{
	"/usr/lib/postgresql/*/bin",                          // Debian, Ubuntu
	"/usr/pgsql-*/bin",                                   // the Postgres project's RPMs
	"/usr/libexec/postgresql*",                           // Alpine
	"/opt/homebrew/opt/postgresql@*/bin",                 // Homebrew on Apple silicon
	"/usr/local/opt/postgresql@*/bin",                    // Homebrew on Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",    // Homebrew on Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin", // Postgres.app
}

// FindBinaries returns the folder that holds initdb and postgres: the one that
// USERSYNC_PG_BIN names, else the one in PATH, else the newest installed. The
// error wraps ErrNoServer if there is none.
func FindBinaries() (string, error) {
	if dir := os.Getenv(BinEnv); dir != "" {
		version, err := serverVersion(dir)
		switch {
		case err != nil:
			return "", fmt.Errorf("%s=%s: %w: point it at the folder that holds initdb and postgres", BinEnv, dir, err)
		case version < oldestNamed:
			return "", fmt.Errorf("%s=%s holds Postgres %d: usersync needs %d or newer", BinEnv, dir, version, oldestNamed)
		}
		return dir, nil
	}
	var tooOld []string
	for _, dir := range binCandidates() {
		version, err := serverVersion(dir)
		if err != nil {
			continue
		}
		if version < oldestFound {
			tooOld = append(tooOld, fmt.Sprintf("%s is version %d", dir, version))
			continue
		}
		return dir, nil
	}
	hint := "install Postgres 15 or newer (Debian: apt-get install postgresql, macOS: brew install postgresql@17), " +
		"or name the folder of its programs in " + BinEnv
	if len(tooOld) > 0 {
		hint = strings.Join(tooOld, ", ") + "; " + hint
	}
	return "", fmt.Errorf("%w: %s", ErrNoServer, hint)
}

// binCandidates lists the folders to look at, best first.
func binCandidates() []string {
	var dirs []string
	if path, err := exec.LookPath("initdb"); err == nil {
		dirs = append(dirs, filepath.Dir(path))
	}
	// pg_config may belong to client headers alone; serverVersion tells.
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	for _, pattern := range binPatterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			continue // a fixed pattern cannot be malformed
		}
		slices.SortFunc(found, func(a, b string) int { return cmp.Compare(folderVersion(b), folderVersion(a)) })
		dirs = append(dirs, found...)
	}
	return dirs
}

var (
	digits        = regexp.MustCompile(`\d+`)
	versionOutput = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)
)

// folderVersion is the first number in a path: all patterns carry the version.
func folderVersion(dir string) int {
	n, err := strconv.Atoi(digits.FindString(dir))
	if err != nil {
		return 0
	}
	return n
}

// serverVersion asks the server in dir for its major version.
func serverVersion(dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, fmt.Errorf("asking postgres for its version: %w", err)
	}
	match := versionOutput.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("postgres --version says %q, which is not understood", out)
	}
	return strconv.Atoi(string(match[1]))
}
