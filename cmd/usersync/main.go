// Command usersync keeps a users table in step with hosted auth providers.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"usersync/internal/script"
)

// version is set by the build (-ldflags "-X main.version=…").
var version = "dev"

func main() {
	script.WorkHere()
	// A reader that goes away (`usersync demo | head -1`) shall make the write
	// fail, not end the process before it has tidied up.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	p := &program{name: os.Args[0], stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, environ: os.Environ()}
	code := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
