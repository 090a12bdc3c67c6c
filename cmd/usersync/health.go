package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func (p *program) healthCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "health",
		Short: "Ask the running daemon whether it is ready (for container health checks)",
		Args:  noWords,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.health(cmd) },
	}
}

// health asks the admin listener of the configuration.
func (p *program) health(cmd *cobra.Command) error {
	c, err := p.load(false)
	if err != nil {
		return p.notReady(err)
	}
	url := "http://" + reachable(c.Admin.Listen) + "/readyz"
	request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return p.notReady(fmt.Errorf("no daemon answers at %s: is `usersync serve` running with this configuration?", url))
	}
	defer response.Body.Close()
	ready := response.StatusCode == http.StatusOK
	if err := p.print(readiness{Ready: ready}, func(w io.Writer) {
		fmt.Fprintln(w, map[bool]string{true: "ready", false: "not ready: see the daemon's log, or " + url + "?verbose"}[ready])
	}); err != nil {
		return err
	}
	if !ready {
		return failure(exitFailed)
	}
	return nil
}

// readiness is the answer as it is printed.
type readiness struct {
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
}

// notReady tells a program that reads JSON as well that nobody could be asked.
func (p *program) notReady(err error) error {
	if !p.json {
		return err
	}
	return errors.Join(p.print(readiness{Error: err.Error()}, nil), err)
}

// reachable is where a listener can be reached from this machine: a wildcard
// address is no destination.
func reachable(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
		if ip != nil && ip.To4() == nil {
			host = "::1"
		}
	}
	return net.JoinHostPort(host, port)
}
