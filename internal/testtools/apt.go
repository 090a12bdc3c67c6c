package testtools

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// ErrCannotInstall reports that this is no Debian or relative, or that we are
// not root.
var ErrCannotInstall = errors.New("packages can be installed only as root on Debian")

// CanInstall reports whether Install has a chance.
func (m Machine) CanInstall() bool { return m.Root && m.lookUp("apt-get") != "" }

// Install installs Debian packages; Log takes what the package manager says. The
// variables are added to its environment.
func (m Machine) Install(variables []string, packages ...string) error {
	if !m.CanInstall() {
		return ErrCannotInstall
	}
	unlock, err := m.lock()
	if err != nil {
		return err
	}
	defer unlock()
	return m.installWith(variables, packages)
}

func (m Machine) install(packages ...string) error {
	fmt.Fprintf(m.Log, "installing Debian's %s\n", strings.Join(packages, ", "))
	return m.installWith(nil, packages)
}

func (m Machine) installWith(variables, packages []string) error {
	if err := m.apt("", nil, "update"); err != nil {
		return err
	}
	arguments := []string{"-o", "Dpkg::Options::=--force-confold", "install", "-y", "--no-install-recommends"}
	return m.apt("", variables, append(arguments, packages...)...)
}

// download puts a package's file into dir and returns its name.
func (m Machine) download(dir, name string) (string, error) {
	// What the machine knows may be old, or nothing. Only root may bring it up
	// to date; anybody may have lists of his own, which go with dir.
	var where []string
	if !m.Root {
		lists, cache := filepath.Join(dir, "lists"), filepath.Join(dir, "cache")
		for _, made := range []string{filepath.Join(lists, "partial"), filepath.Join(cache, "archives", "partial")} {
			if err := os.MkdirAll(made, 0o755); err != nil {
				return "", err
			}
		}
		where = []string{"-o", "Dir::State::Lists=" + lists, "-o", "Dir::Cache=" + cache}
	}
	if err := m.apt(dir, nil, append(where, "update")...); err != nil {
		return "", err
	}
	// Nobody else may write here, not even the user that apt downloads as.
	if err := m.apt(dir, nil, append(where, "-o", "APT::Sandbox::User=", "download", name)...); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("apt-get download %s left %d packages", name, len(found))
	}
	return filepath.Base(found[0]), nil
}

// apt runs apt-get. It waits for another that installs, and asks mirrors again.
func (m Machine) apt(dir string, variables []string, arguments ...string) error {
	cmd := m.command(dir, "apt-get", append([]string{"-qq", "-o", "Acquire::Retries=3", "-o", "DPkg::Lock::Timeout=600", "-o", "Dpkg::Use-Pty=0"}, arguments...)...)
	cmd.Env = append(append(cmd.Env, "DEBIAN_FRONTEND=noninteractive"), variables...)
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return nil
}

// command prepares a program of PATH that says everything on Log.
func (m Machine) command(dir, program string, arguments ...string) *exec.Cmd {
	cmd := exec.Command(m.lookUp(program), arguments...)
	cmd.Args[0] = program
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+m.Getenv("PATH"))
	cmd.Stdout, cmd.Stderr = m.Log, m.Log
	return cmd
}
