package testtools

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Machine is where tools are looked for and brought to.
type Machine struct {
	// Getenv reads the environment.
	Getenv func(string) string
	// Root is whether packages may be installed.
	Root bool
	// Bin is the checkout's folder of programs, an absolute path.
	Bin string
	// Log takes what is done, and what the package manager says.
	Log io.Writer
}

// Here is this machine and the checkout that the working folder is in.
func Here() Machine {
	return Machine{Getenv: os.Getenv, Root: os.Geteuid() == 0, Bin: filepath.Join(checkout(), "bin"), Log: os.Stderr}
}

// checkout is the nearest folder upwards with a go.mod, because tests run in the
// folder of their package; without one it is the working folder.
func checkout() string {
	working, err := filepath.Abs(".")
	if err != nil {
		return "."
	}
	for dir := working; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if runsGo(dir) {
			return dir
		}
	}
	return working
}

func runsGo(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// ErrMissing reports that a tool is not on this machine.
var ErrMissing = errors.New("not found")

// Find returns the path of a tool: what its variable names, else the first of
// its programs in PATH, else in Bin. The error wraps ErrMissing if there is
// none, and says what to install; a variable that names no program is another
// error.
func (m Machine) Find(t Tool) (string, error) {
	if named := m.Getenv(t.Env); named != "" {
		if !runnable(named) {
			return "", fmt.Errorf("%s=%s is no program that can be run", t.Env, named)
		}
		return named, nil
	}
	if found := m.lookUp(t.Programs...); found != "" {
		return found, nil
	}
	for _, program := range t.Programs {
		if found := filepath.Join(m.Bin, program); runnable(found) {
			return found, nil
		}
	}
	return "", fmt.Errorf("%s %w: %s", t.name(), ErrMissing, m.remedy(t))
}

// remedy says what to do by hand.
func (m Machine) remedy(t Tool) string {
	install := "install " + t.Elsewhere
	if m.lookUp("apt-get") != "" {
		install = "as root: apt-get install --no-install-recommends " + strings.Join(t.Packages, " ")
	}
	return install + "; or name its file in " + t.Env
}

// lookUp returns the first of the programs that is in PATH, else "".
func (m Machine) lookUp(programs ...string) string {
	for _, program := range programs {
		for _, dir := range filepath.SplitList(m.Getenv("PATH")) {
			if found := filepath.Join(dir, program); filepath.IsAbs(dir) && runnable(found) {
				return found
			}
		}
	}
	return ""
}

func runnable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
