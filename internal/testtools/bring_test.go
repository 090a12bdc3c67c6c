package testtools

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// The package manager of these tests: it keeps a line for each of its runs,
// installs by writing programs into the folder "installed", and downloads a
// folder that dpkg copies.
const (
	fakeAptGet = `#!/bin/sh
echo "$*" >>"$FAKE/calls"
case "$*" in
*broken*) echo "E: no such package" >&2; exit 100 ;;
*download*) mkdir -p prometheus.deb/usr/bin; for p in promtool prometheus; do printf '#!/bin/sh\necho promtool\n' >prometheus.deb/usr/bin/$p; chmod 755 prometheus.deb/usr/bin/$p; done ;;
*install*) printf '#!/bin/sh\n' >"$FAKE/installed/chromium"; chmod 755 "$FAKE/installed/chromium" ;;
esac
`
	fakeDpkg = "#!/bin/sh\ncp -R \"$2\" \"$3\"\n"
)

// fakeMachine has a package manager, and a folder in PATH for what it installs.
func fakeMachine(t *testing.T, root bool) (m Machine, log *bytes.Buffer, dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"installed", "manager"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	manager := filepath.Join(dir, "manager")
	write(t, filepath.Join(manager, "apt-get"), strings.ReplaceAll(fakeAptGet, "$FAKE", dir))
	write(t, filepath.Join(manager, "dpkg"), fakeDpkg)
	for _, needed := range []string{"cp", "mkdir", "chmod"} {
		path := Here().lookUp(needed)
		if err := os.Symlink(path, filepath.Join(manager, needed)); err != nil {
			t.Fatal(err)
		}
	}
	environment := map[string]string{"PATH": filepath.Join(dir, "installed") + ":" + manager, "TMPDIR": dir}
	log = &bytes.Buffer{}
	return Machine{Getenv: func(name string) string { return environment[name] }, Root: root, Bin: filepath.Join(dir, "bin"), Log: log}, log, dir
}

// write makes a program. No other test may fork meanwhile: its child would hold
// the file open, and a file that is being written cannot be run.
func write(t *testing.T, path, text string) {
	t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

// calls are the runs of the package manager, by their last words.
func calls(t *testing.T, dir string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, "calls"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

func TestMissingToolsAreBroughtOnce(t *testing.T) {
	t.Parallel()
	m, log, dir := fakeMachine(t, true)
	for _, tool := range All() {
		if err := m.Bring(tool); err != nil {
			t.Fatalf("%v\n%s", err, log)
		}
	}
	for tool, want := range map[string]string{"chromium": "installed", "promtool": "bin", "prometheus": "bin"} {
		if !runnable(filepath.Join(dir, want, tool)) {
			t.Errorf("%s is not in the folder %s", tool, want)
		}
	}
	if left, err := filepath.Glob(filepath.Join(m.Bin, ".*")); err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if log.Len() == 0 {
		t.Error("nothing says what was done")
	}
	before := len(calls(t, dir))
	log.Reset()
	for _, tool := range All() {
		if err := m.Bring(tool); err != nil {
			t.Error(err)
		}
	}
	if after := len(calls(t, dir)); after != before || log.Len() != 0 {
		t.Errorf("the second time ran the package manager %d times and said %q", after-before, log)
	}
}

func TestPackagesOfChromium(t *testing.T) {
	t.Parallel()
	m, _, dir := fakeMachine(t, true)
	if err := m.Bring(Chromium()); err != nil {
		t.Fatal(err)
	}
	ran := strings.Join(calls(t, dir), "\n")
	for _, want := range []string{"Acquire::Retries=3", "--no-install-recommends chromium fonts-dejavu-core"} {
		if !strings.Contains(ran, want) {
			t.Errorf("no %q in:\n%s", want, ran)
		}
	}
}

// Two at once, as by two checkouts: one brings, the other finds.
func TestTwoAtOnce(t *testing.T) {
	t.Parallel()
	m, _, dir := fakeMachine(t, true)
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			own := m
			own.Log = &bytes.Buffer{}
			if err := own.Bring(Chromium()); err != nil {
				t.Error(err)
			}
		})
	}
	both.Wait()
	if ran := calls(t, dir); len(ran) != 2 { // update, install
		t.Errorf("the package manager ran for both: %q", ran)
	}
}

func TestWithoutRoot(t *testing.T) {
	t.Parallel()
	m, _, dir := fakeMachine(t, false)
	err := m.Bring(Chromium())
	if !errors.Is(err, ErrMissing) {
		t.Fatalf("want ErrMissing, got %v", err)
	}
	for _, want := range []string{"apt-get install --no-install-recommends chromium fonts-dejavu-core", "USERSYNC_TEST_CHROMIUM"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("the error does not say %q: %v", want, err)
		}
	}
	if ran := calls(t, dir); ran[0] != "" {
		t.Errorf("ran the package manager: %q", ran)
	}
	if err := m.Bring(Promtool()); err != nil {
		t.Errorf("promtool needs no root: %v", err)
	}
}

func TestWithoutPackageManager(t *testing.T) {
	t.Parallel()
	m, _, _ := fakeMachine(t, true)
	m.Getenv = func(string) string { return "" }
	for _, tool := range All() {
		err := m.Bring(tool)
		if !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), tool.Elsewhere) || !strings.Contains(err.Error(), tool.Env) {
			t.Errorf("%s: the error does not help: %v", tool.name(), err)
		}
	}
	if err := m.Install(nil, "anything"); !errors.Is(err, ErrCannotInstall) {
		t.Errorf("want ErrCannotInstall, got %v", err)
	}
}

func TestFailedPackageManagerIsReported(t *testing.T) {
	t.Parallel()
	m, log, _ := fakeMachine(t, true)
	tool := Chromium()
	tool.Packages = []string{"broken"}
	err := m.Bring(tool)
	if err == nil || !strings.Contains(err.Error(), tool.Env) || !strings.Contains(log.String(), "no such package") {
		t.Errorf("got %v; log: %s", err, log)
	}
}

func TestVariableComesFirst(t *testing.T) {
	t.Parallel()
	m, _, dir := fakeMachine(t, true)
	named := filepath.Join(dir, "my-browser")
	m.Getenv = func(name string) string {
		if name == Chromium().Env {
			return named
		}
		return ""
	}
	if err := m.Bring(Chromium()); err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("a file that is not there must not lead to an installation: %v", err)
	}
	write(t, named, "#!/bin/sh\n")
	if got, err := m.Find(Chromium()); err != nil || got != named {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestHereIsTheCheckout(t *testing.T) {
	t.Parallel()
	if !runsGo(filepath.Dir(Here().Bin)) {
		t.Errorf("%s is not in the checkout", Here().Bin)
	}
}
