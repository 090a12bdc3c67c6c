// Command pgrun runs a command with a throw-away Postgres server:
//
//	go run ./internal/pgtest/pgrun [-durable] -- go test ./...
//
// The command finds the server's URL in USERSYNC_TEST_POSTGRES, where pgtest.New
// looks for it: one server for all packages instead of one for each. A server
// that the variable names already is used as it is. On Debian, run as root,
// pgrun installs Postgres if it is missing. Its exit code is the command's.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"

	"usersync/internal/pgtest"
	"usersync/internal/testtools"
)

const (
	exitFailed = 1
	exitUsage  = 2
	// signalled is added to a signal's number, as shells do.
	signalled = 128
)

func main() { os.Exit(run(os.Args[1:], os.Stderr)) }

// run does all of the work and returns the exit code.
func run(args []string, stderr io.Writer) int {
	flags := flag.NewFlagSet("pgrun", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: pgrun [-durable] -- COMMAND [ARGUMENT…]")
		flags.PrintDefaults()
	}
	durable := flags.Bool("durable", false, "keep fsync on, as in production")
	if err := flags.Parse(args); err != nil {
		return exitUsage
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return exitUsage
	}
	// Before the server starts: from here on a signal must not leave it behind.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)

	server, stop, err := provide(pgtest.Options{Durable: *durable}, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "pgrun:", err)
		return exitFailed
	}
	code := execute(flags.Args(), server, signals, stderr)
	if err := stop(); err != nil {
		fmt.Fprintln(stderr, "pgrun: stopping Postgres:", err)
		return max(code, exitFailed)
	}
	return code
}

// provide returns the URL of a server and what ends it.
func provide(options pgtest.Options, stderr io.Writer) (string, func() error, error) {
	if server := os.Getenv(pgtest.ServerEnv); server != "" {
		fmt.Fprintf(stderr, "pgrun: using the server of %s\n", pgtest.ServerEnv)
		return server, func() error { return nil }, nil
	}
	if _, err := pgtest.FindBinaries(); errors.Is(err, pgtest.ErrNoServer) {
		// Where nothing can be installed, Start says what is missing.
		if err := install(stderr); err != nil && !errors.Is(err, testtools.ErrCannotInstall) {
			return "", nil, err
		}
	}
	cluster, err := pgtest.Start(options)
	if err != nil {
		return "", nil, err
	}
	return cluster.URL(), cluster.Stop, nil
}

// patience is how long a command may take to end after a signal.
const patience = 10 * time.Second

// execute runs the command, passes signals on to it and returns its exit code.
func execute(command []string, server string, signals <-chan os.Signal, stderr io.Writer) int {
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), pgtest.ServerEnv+"="+server)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(stderr, "pgrun:", err)
		return exitFailed
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	var late <-chan time.Time
	for {
		select {
		case err := <-done:
			return exitCode(cmd, err, stderr)
		case received := <-signals:
			// An error means that it has just ended; done tells.
			_ = cmd.Process.Signal(received)
			late = time.After(patience)
		case <-late:
			fmt.Fprintf(stderr, "pgrun: the command did not end within %s of the signal: killing it\n", patience)
			_ = cmd.Process.Kill()
		}
	}
}

// exitCode is what the command would have given to a shell.
func exitCode(cmd *exec.Cmd, err error, stderr io.Writer) int {
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		fmt.Fprintln(stderr, "pgrun:", err)
		return exitFailed
	}
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return signalled + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}
