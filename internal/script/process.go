package script

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"
)

// process is a worker, seen from its parent.
type process struct {
	cmd    *exec.Cmd
	jobs   io.WriteCloser
	frames *bufio.Reader
	ended  sync.Once
}

// startWait is how long a worker may take to say that it is there.
const startWait = 20 * time.Second

// start starts a worker and waits until it is there. It has no environment, no
// arguments that anybody chose, and nothing open but its pipes.
func start() (*process, error) {
	path, err := self()
	if err != nil {
		return nil, err
	}
	cmd := &exec.Cmd{Path: path, Args: []string{workerName}, Env: []string{}, Dir: "/", SysProcAttr: apart()}
	cmd.Stderr = io.Discard // the engine's last words may quote a payload; and a scratch image may have no /dev/null
	jobs, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, jobs: jobs, frames: bufio.NewReader(out)}
	late := time.AfterFunc(startWait, p.kill)
	defer late.Stop()
	if _, err := readFrame(p.frames, 0); err != nil {
		p.end()
		return nil, fmt.Errorf("it ended at once: %w", err)
	}
	return p, nil
}

func (p *process) kill() { _ = p.cmd.Process.Kill() } // it may have ended

// end ends the worker and waits for it.
func (p *process) end() {
	p.ended.Do(func() {
		p.kill()
		_ = p.cmd.Wait() // how it ended is known by now
	})
}

// errNotBegun says that the worker was gone before it had the job.
var errNotBegun = errors.New("the worker has gone") //nolint:gochecknoglobals // an error to compare with

// begin hands a job over.
func (p *process) begin(j *job) error {
	late := time.AfterFunc(startWait, p.kill)
	defer late.Stop()
	if err := writeFrame(p.jobs, j); err != nil {
		return err
	}
	_, err := readFrame(p.frames, 0)
	return err
}

// do has the worker do a job; usable says whether it may do another. Whatever happens
// after the worker has said that it begins is the job's own doing.
func (p *process) do(j *job) (outcome []byte, usable bool, err error) {
	if err := p.begin(j); err != nil {
		return nil, false, errNotBegun
	}
	limit := time.Duration(j.Millis) * time.Millisecond
	late := time.AfterFunc(limit+grace, p.kill)
	frame, err := readFrame(p.frames, maxAnswer)
	inTime := late.Stop()
	switch {
	case err != nil && !inTime:
		return nil, false, faultf(ReasonTimeout, "%s: it was not done in %s, and stayed in one call of the language's own", j.File, limit)
	case err != nil:
		return nil, false, faultf(ReasonLimit, "%s: it took more memory or stack than a script may", j.File)
	}
	var a answer
	if err := json.Unmarshal(frame, &a); err != nil {
		return nil, false, faultf(ReasonLimit, "%s: its worker gave no answer", j.File)
	}
	if a.Fault != nil {
		return nil, inTime && a.Fault.Word == ReasonError, a.Fault
	}
	return a.Outcome, inTime, nil
}
