// Command bench measures usersync side by side with what it could be replaced by, on this
// machine: `make bench`. docs/decisions/0026-benchmarks.md says what is measured, and how.
//
//	go run ./internal/pgtest/pgrun -durable -- go run ./bench -rounds 3
//
// Its subcommands are the processes that it starts: load (the load generator, of use by
// itself), gorm and ceiling.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	command := ""
	if len(arguments) > 0 {
		command = arguments[0]
	}
	switch command {
	case "load":
		return sendLoad(arguments[1:], os.Stdin, os.Stdout)
	case "gorm":
		return serveGORM(ctx, arguments[1:])
	case "ceiling":
		return serveCeiling(ctx, arguments[1:])
	default:
		return compare(ctx, arguments)
	}
}
