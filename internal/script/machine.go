package script

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/dop251/goja"
	"github.com/dop251/goja/parser"
)

// machine is the runtime of one run. It is thrown away with all that it holds.
type machine struct {
	vm       *goja.Runtime
	program  *goja.Program
	known    known
	calls    []Call
	ended    *stopped                   // why the run ended itself
	size     int                        // bytes of what was given so far
	rejected map[*goja.Promise]struct{} // that nobody looked after
}

// stopped is why a machine was interrupted. No script can catch it.
type stopped struct{ reason, text string }

// newMachine makes a runtime that has the language's own objects and no others. Its
// clock stands and its dice always fall alike: the same input gives the same outcome.
func newMachine(program *goja.Program, known known, clock time.Time) *machine {
	m := &machine{vm: goja.New(), program: program, known: known, rejected: map[*goja.Promise]struct{}{}}
	m.vm.SetParserOptions(parser.WithDisableSourceMaps) // for eval; see parse
	m.vm.SetMaxCallStackSize(maxFrames)
	m.vm.SetTimeSource(func() time.Time { return clock })
	m.vm.SetRandSource(rand.New(rand.NewPCG(1, 2)).Float64) //nolint:gosec // it is meant to be foreseen
	m.vm.SetPromiseRejectionTracker(func(p *goja.Promise, what goja.PromiseRejectionOperation) {
		if what == goja.PromiseRejectionReject {
			m.rejected[p] = struct{}{}
		} else {
			delete(m.rejected, p)
		}
	})
	return m
}

// run runs the script with its input.
func (m *machine) run(input *Input) (*Outcome, *Fault) {
	if fault := m.furnish(input); fault != nil {
		return nil, fault
	}
	if _, err := m.vm.RunProgram(m.program); err != nil || m.ended != nil {
		return nil, m.blame(err)
	}
	if len(m.rejected) > 0 {
		return nil, m.forsaken()
	}
	return m.outcome()
}

// forsaken says of a rejected promise what nobody caught: silence would be a delivery
// lost without a word.
func (m *machine) forsaken() *Fault {
	for promise := range m.rejected {
		text, err := m.told(promise.Result())
		if err == nil {
			return faultf(ReasonError, "%s: a promise was rejected and nobody caught it: %s", m.known.file, text)
		}
		return m.blame(err)
	}
	return nil
}

// outcome reads what the script leaves. `result` may be a variable that the script
// declared itself, so it is looked up as the script would. Reading runs getters and
// proxies of the script, once each.
func (m *machine) outcome() (*Outcome, *Fault) {
	result, err := m.vm.RunProgram(resultProgram())
	if err != nil {
		return nil, m.blame(err)
	}
	out := &Outcome{Calls: m.calls}
	if goja.IsUndefined(result) || goja.IsNull(result) {
		return out, nil
	}
	var fault *Fault
	out.Result, fault = m.json(result, "result")
	return out, fault
}

func resultProgram() *goja.Program { return goja.MustCompile("result", "result", false) }

// json reads a value of the script, which may stop the machine.
func (m *machine) json(v goja.Value, what string) (raw []byte, fault *Fault) {
	w := &writer{vm: m.vm, room: maxOutput - m.size}
	if err := m.try(func() { w.write(v, what, 0) }); err != nil {
		return nil, m.blame(err)
	}
	m.size += len(w.text)
	switch {
	case errors.Is(w.wrong, errTooLarge):
		return nil, faultf(ReasonLimit, "%s: %s", m.known.file, tooLarge)
	case w.wrong != nil:
		return nil, faultf(ReasonError, "%s: %s", m.known.file, m.known.only(w.wrong.Error()))
	}
	return w.text, nil
}
