package prisma

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long node may take to listen, and to end.
const patience = time.Minute

// serve runs the handler and waits until it listens.
func serve(ctx context.Context, dir string, environment []string) (address string, pid int, stop func() error, err error) {
	cmd := exec.CommandContext(ctx, "node", "server.mjs")
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	complaints := &beginning{}
	cmd.Stderr = complaints
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = patience
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, nil, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, nil, fmt.Errorf("starting node: %w", err)
	}
	// A node that hangs closes its output by being ended.
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	late.Stop()
	port, ok := strings.CutPrefix(strings.TrimSpace(line), "port ")
	if _, notNumber := strconv.Atoi(port); err != nil || !ok || notNumber != nil {
		_ = cmd.Process.Kill()
		ended := cmd.Wait()
		return "", 0, nil, fmt.Errorf("the handler did not begin to listen (%w): %s", ended, complaints)
	}
	stop = sync.OnceValue(func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		defer kill.Stop()
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("the handler ended with %w: %s", err, complaints)
		}
		return nil
	})
	return "127.0.0.1:" + port, cmd.Process.Pid, stop, nil
}

// beginning keeps the first 4 KiB of what is written to it.
type beginning struct {
	mutex sync.Mutex
	text  []byte
}

var _ io.Writer = (*beginning)(nil)

func (b *beginning) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	b.text = append(b.text, p[:min(len(p), 4096-len(b.text))]...)
	return len(p), nil
}

func (b *beginning) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return string(b.text)
}
