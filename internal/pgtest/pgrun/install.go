package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"usersync/internal/testtools"
)

// clusterConfig tells Debian's packages whether to make a cluster of their own.
const clusterConfig = "/etc/postgresql-common/createcluster.conf"

// install brings Debian's Postgres onto the machine, without the server that the
// package would start: it would hold memory and a port for nothing. Where it
// cannot, it says so with testtools.ErrCannotInstall and changes nothing.
func install(stderr io.Writer) error {
	machine := testtools.Here()
	machine.Log = stderr // the command's own standard output stays clean
	if !machine.CanInstall() {
		return testtools.ErrCannotInstall
	}
	fmt.Fprintln(stderr, "pgrun: no Postgres server here: installing Debian's package postgresql")
	if err := withoutMainCluster(stderr); err != nil {
		return err
	}
	// The variable keeps the file that withoutMainCluster wrote.
	if err := machine.Install([]string{"UCF_FORCE_CONFFOLD=1"}, "postgresql"); err != nil {
		return fmt.Errorf("%w: install Postgres 15 or newer by hand", err)
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
