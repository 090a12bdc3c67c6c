package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// generator is the load generator as a process: `bench load`.
type generator struct {
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stdout *bufio.Reader
}

// startGenerator starts it and waits until everything is made ready and warm.
func startGenerator(ctx context.Context, self string, o loadOrder) (*generator, error) {
	cmd := exec.CommandContext(ctx, self, o.arguments()...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	g := &generator{cmd, stdin, bufio.NewReader(stdout)}
	if line, err := g.stdout.ReadString('\n'); err != nil || strings.TrimSpace(line) != readyLine {
		return nil, errors.Join(fmt.Errorf("the load generator said %q", line), err, g.end())
	}
	return g, nil
}

// run lets it begin and returns what it measured.
func (g *generator) run() (r loadReport, err error) {
	if _, err := io.WriteString(g.stdin, "go\n"); err != nil {
		return r, errors.Join(err, g.end())
	}
	err = json.NewDecoder(g.stdout).Decode(&r)
	return r, errors.Join(err, g.end())
}

// end ends it: without its input it has nothing to wait for.
func (g *generator) end() error {
	return errors.Join(g.stdin.Close(), g.cmd.Wait())
}

// arguments are the command line of an order.
func (o loadOrder) arguments() []string {
	share := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	return []string{
		"load", "-wait",
		"-address", o.Address, "-path", o.Mix.Path,
		"-connections", strconv.Itoa(o.Connections),
		"-duration", o.Duration.String(), "-warmup", o.Warmup.String(),
		"-rate", share(o.Rate), "-most", strconv.Itoa(o.Most),
		"-begin", strconv.FormatInt(o.BeginMilli, 10),
		"-users", strconv.Itoa(o.Mix.Users), "-seed", strconv.FormatUint(o.Mix.Seed, 10),
		"-hot", share(o.Mix.Hot), "-twice", share(o.Mix.Twice), "-poison", share(o.Mix.Poison),
	}
}

// count is how many requests an order makes ready.
func (o loadOrder) count() int {
	most := float64(o.Most)
	if o.Rate > 0 {
		most = 1.1 * o.Rate
	}
	return int(most*(o.Warmup+o.Duration).Seconds()) + 2*o.Connections
}

// begin is the time of the first event.
func (o loadOrder) begin() time.Time { return time.UnixMilli(o.BeginMilli) }
