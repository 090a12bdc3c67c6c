package pgtest

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

//go:embed watch.sh
var watchScript string

// process is a program of the server that ends with this process. No goroutine
// belongs to it, so that the leak detectors of tests are content.
type process struct {
	shell   *exec.Cmd
	control io.WriteCloser
	// log is where its output goes, from the offset on.
	log    string
	offset int64
}

// watch starts a command that works on dir; it appends its output to the log
// there, and writes the file "ended" at its end.
func watch(dir string, who account, command ...string) (*process, error) {
	p := &process{log: filepath.Join(dir, "server.log")}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the command has its own
	if p.offset, err = log.Seek(0, io.SeekEnd); err != nil {
		return nil, err
	}
	p.shell = exec.Command("/bin/sh", append([]string{"-c", watchScript, "pgtest-watch", dir}, command...)...)
	p.shell.Env = environment()
	p.shell.Dir = "/"
	p.shell.SysProcAttr = who.attributes()
	// Files, not pipes: a go command that waits for the end of its tests'
	// output must not wait for the server.
	p.shell.Stdout, p.shell.Stderr = log, log
	if p.control, err = p.shell.StdinPipe(); err != nil {
		return nil, err
	}
	if err := p.shell.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", command[0], err)
	}
	return p, nil
}

// end sends a signal and waits until the command is gone. The exit status says
// nothing: a server that was told to end at once reports a failure.
func (p *process) end(signal string) error {
	_, err := io.WriteString(p.control, signal+"\n")
	if errors.Is(err, syscall.EPIPE) {
		err = nil // it has ended by itself
	}
	waitErr := p.shell.Wait()
	var exit *exec.ExitError
	if errors.As(waitErr, &exit) {
		waitErr = nil
	}
	return errors.Join(err, waitErr)
}

// output is the end of what the command wrote, short enough for an error.
func (p *process) output() []byte {
	text, err := os.ReadFile(p.log)
	if err != nil {
		return []byte(err.Error())
	}
	text = text[min(int64(len(text)), p.offset):]
	const most = 2000
	return bytes.TrimSpace(text[max(0, len(text)-most):])
}
