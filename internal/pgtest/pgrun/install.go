package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// clusterConfig tells Debian's packages whether to make a cluster of their own.
const clusterConfig = "/etc/postgresql-common/createcluster.conf"

// canInstall reports that this is Debian or a relative, and that we may.
func canInstall() bool {
	_, err := exec.LookPath("apt-get")
	return err == nil && os.Geteuid() == 0
}

// install brings Debian's Postgres onto the machine, without the server that the
// package would start: it would hold memory and a port for nothing.
func install(stderr io.Writer) error {
	fmt.Fprintln(stderr, "pgrun: no Postgres server here: installing Debian's package postgresql")
	if err := withoutMainCluster(stderr); err != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"-qq", "update"},
		{"-qq", "-o", "Dpkg::Options::=--force-confold", "install", "-y", "--no-install-recommends", "postgresql"},
	} {
		cmd := exec.Command("apt-get", append([]string{"-o", "Acquire::Retries=3"}, arguments...)...)
		// The last variable keeps the file that withoutMainCluster wrote.
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "UCF_FORCE_CONFFOLD=1")
		// The command's own standard output stays clean.
		cmd.Stdout, cmd.Stderr = stderr, stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("apt-get %v: %w: install Postgres 15 or newer by hand", arguments, err)
		}
	}
	return nil
}

// withoutMainCluster writes clusterConfig unless the machine's owner has one.
func withoutMainCluster(stderr io.Writer) error {
	if err := os.MkdirAll(filepath.Dir(clusterConfig), 0o755); err != nil {
		return err
	}
	file, err := os.OpenFile(clusterConfig, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if errors.Is(err, os.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	_, writeErr := file.WriteString("# Written for a test run: the package starts no server of its own.\ncreate_main_cluster = false\n")
	if err := errors.Join(writeErr, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "pgrun: wrote %s, so that the package starts no server\n", clusterConfig)
	return nil
}
