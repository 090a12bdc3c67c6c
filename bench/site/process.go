package site

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// How long a process may take to listen, and to end once it is asked to.
const (
	listenPatience = 30 * time.Second
	endPatience    = 20 * time.Second
)

// Server is a contestant that runs.
type Server struct {
	Address string // host:port
	PID     int
	Stop    func() error // ends it and waits for that
}

// Program is how to start a server.
type Program struct {
	Command []string
	Env     []string // beside the benchmark's own
	Log     string   // the file that its output goes to
}

// FreeAddress asks the system for an address on loopback that nobody uses.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// Start starts a server that will listen at an address, and waits until it does.
func Start(ctx context.Context, p Program, address string) (*Server, error) {
	s, ended, err := launch(ctx, p, address)
	if err != nil {
		return nil, err
	}
	for began := time.Now(); ; {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return s, conn.Close()
		}
		select {
		case <-ended:
			return nil, fmt.Errorf("%s ended before it listened; its output ends with: %s", filepath.Base(p.Command[0]), tail(p.Log))
		case <-time.After(2 * time.Millisecond):
		}
		if time.Since(began) > listenPatience {
			return nil, errors.Join(fmt.Errorf("%s does not listen at %s; its output ends with: %s", filepath.Base(p.Command[0]), address, tail(p.Log)), s.Stop())
		}
	}
}

// launch starts the process. ended is closed when it is no more.
func launch(ctx context.Context, p Program, address string) (s *Server, ended <-chan struct{}, err error) {
	log, err := os.OpenFile(p.Log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own by then
	cmd := exec.CommandContext(ctx, p.Command[0], p.Command[1:]...)
	cmd.Env = append(os.Environ(), p.Env...)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = endPatience
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	over := make(chan struct{})
	var failed error
	go func() {
		failed = cmd.Wait()
		close(over)
	}()
	stop := func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-over:
		case <-time.After(endPatience):
			_ = cmd.Process.Kill()
			<-over
		}
		if failed != nil {
			return fmt.Errorf("%s: %w; its output ends with: %s", filepath.Base(p.Command[0]), failed, tail(p.Log))
		}
		return nil
	}
	return &Server{Address: address, PID: cmd.Process.Pid, Stop: stop}, over, nil
}

// tail is the end of a log.
func tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}
