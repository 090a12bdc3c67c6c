package main

import (
	"encoding/json"
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

// health asks the admin listener of the configuration. It shows the parts to whoever
// comes from this machine or has the token, which the configuration has.
func (p *program) health(cmd *cobra.Command) error {
	c, err := p.load(false)
	if err != nil {
		return p.notReady(err)
	}
	url := "http://" + reachable(c.Admin.Listen) + "/readyz"
	request, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, url+"?verbose", nil)
	if err != nil {
		return err
	}
	if token := c.Admin.Token.Reveal(); token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return p.notReady(fmt.Errorf("no daemon answers at %s: is `usersync serve` running with this configuration?", url))
	}
	defer response.Body.Close()
	var result readiness
	// The status says what counts; what is behind it may be somebody else's page.
	_ = json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&result)
	result.Ready = response.StatusCode == http.StatusOK
	if err := p.print(result, func(w io.Writer) { result.text(w, url) }); err != nil {
		return err
	}
	if !result.Ready {
		return failure(exitFailed)
	}
	return nil
}

// readiness is the answer as it is printed.
type readiness struct {
	Ready bool        `json:"ready"`
	Parts []readyPart `json:"parts,omitempty"`
	Error string      `json:"error,omitempty"`
}

// readyPart is a part of the daemon, as its admin listener tells of it.
type readyPart struct {
	Name  string `json:"name"`
	Ready bool   `json:"ready"`
	Error string `json:"error,omitempty"`
}

func (r readiness) text(w io.Writer, url string) {
	switch {
	case r.Ready:
		fmt.Fprintln(w, "ready")
	case len(r.Parts) > 0:
		fmt.Fprintln(w, "not ready")
	default:
		fmt.Fprintln(w, "not ready: see the daemon's log, or "+url+"?verbose")
	}
	for _, part := range r.Parts {
		if !part.Ready {
			fmt.Fprintf(w, "the %s is not ready: %s\n", part.Name, part.Error)
		}
	}
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
