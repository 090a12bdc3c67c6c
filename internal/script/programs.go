package script

import (
	"encoding/json"
	"runtime/debug"
	"time"

	"github.com/dop251/goja"
)

// programs are the scripts that a worker has compiled, by their text.
type programs map[string]compiled

type compiled struct {
	program *goja.Program
	known   known
}

// maxPrograms is how many are kept: a daemon has a few, and each reload may bring others.
const maxPrograms = 16

func (p programs) of(file, text string) (compiled, error) {
	if c, ok := p[text]; ok && c.known.file == file {
		return c, nil
	}
	program, err := compile(file, text)
	if err != nil {
		return compiled{}, err
	}
	if len(p) >= maxPrograms {
		clear(p)
	}
	c := compiled{program, knownOf(file, text)}
	p[text] = c
	return c, nil
}

// do does a job. An engine that panics is not to be trusted with another one.
func (p programs) do(j *job) (a answer) {
	defer func() {
		if recover() != nil {
			a = answer{Fault: &Fault{ReasonLimit, j.File + ": the engine could not run it"}}
		}
	}()
	var input Input
	if err := json.Unmarshal(j.Input, &input); err != nil {
		return answer{Fault: &Fault{ReasonError, j.File + ": its input cannot be read"}}
	}
	c, err := p.of(j.File, j.Text)
	if err != nil {
		return answer{Fault: &Fault{ReasonError, err.Error()}}
	}
	m := newMachine(c.program, c.known, time.UnixMilli(input.Clock).UTC())
	done := make(chan struct{})
	defer close(done)
	go watch(m.vm, time.Duration(j.Millis)*time.Millisecond, done)
	outcome, fault := m.run(&input)
	if fault != nil {
		return answer{Fault: fault}
	}
	text, err := appendJSON(nil, outcome)
	if err != nil {
		return answer{Fault: &Fault{ReasonError, j.File + ": its outcome is no JSON"}}
	}
	if heapSize() > softHeap {
		debug.FreeOSMemory()
	}
	return answer{Outcome: text}
}
