package script_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/internal/script"
)

// attacks are scripts that want all there is. One of the limits ends them; which of them
// comes first is a matter of the machine. Some may end in another way too.
var attacks = []struct{ name, text, also string }{
	{"endless loop", "while (true) {}", ""},
	{"endless loop that catches", "for (;;) try { for (;;) {} } catch (e) {} finally { for (;;) {} }", ""},
	{"endless promises", "const f = () => Promise.resolve().then(f); f()", ""},
	{"endless generator", "function* g() { while (true) yield 1 }\nfor (const x of g()) {}", ""},
	{"deep recursion", "function f(a) { return f([a]) + 1 }\nf()", ""},
	{"deep recursion through a native function", "function f() { return [1].map(f) }\nf()", ""},
	{"deep recursion through a getter", "const o = {get a() { return this.a }}; o.a", ""},
	{"deep recursion through a proxy", "let p = {}; for (let i = 0; i < 1e6; i++) p = new Proxy(p, {}); p.a", ""},
	{"deep recursion of toString", "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; String(a)", ""},
	{"nested objects as JSON", "let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; JSON.stringify(o)", "ok"},
	{"nested text as JSON", "JSON.parse('['.repeat(1e6))", "script_error"},
	{"nested text as script", "eval('['.repeat(1e6))", "script_error"},
	{"deep prototypes", "let o = {}; for (let i = 0; i < 1e6; i++) o = Object.create(o); o.x", "ok"},
	{"a text of 100 MB", "const a = 'x'.repeat(100 << 20); result = {event: a}", ""},
	{"a text of 100 MB, not ASCII", "const a = 'ä'.repeat(100 << 20); result = {event: a}", ""},
	{"a text that doubles", "let s = 'x'; for (;;) s += s", "script_error"},
	{"texts that are kept", "const all = []; for (;;) all.push('x'.repeat(1000) + all.length)", ""},
	{"objects that are kept", "const all = []; for (;;) all.push({a: 1})", ""},
	{"an object with many members", "const o = {}; for (let i = 0; ; i++) o['k' + i] = i", ""},
	{"a great array", "const a = new Array(1e9).fill(0)", "script_error"},
	{"a great buffer", "const a = new Uint8Array(1e9); a.fill(1)", "script_error"},
	{"buffers that are kept", "const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1))", ""},
	{"padding", "'x'.padEnd(1e9, 'abc')", "script_error"},
	{"joined", "new Array(1e5).fill('x'.repeat(1e4)).join('y')", ""},
	{"joined without end", "new Array(4e9).join('x')", "script_error"},
	{"replaced", "'x'.repeat(1e6).replace(/x/g, 'y'.repeat(1e5))", ""},
	{"sorted", "new Array(1e6).fill(0).map((_, i) => i * 7919 % 1000003).sort((a, b) => { for (let i = 0; i < 1e3; i++); return a - b })", ""},
	{"a regular expression that goes back", "/^(?=(a+)+$)b/.test('a'.repeat(40) + '!'); /^(a+)+\\1$/.test('a'.repeat(60) + '!')", ""},
	{"a great power", "2n ** 1000000000n", "script_error"},
	{"great numbers", "let n = 3n; for (;;) n *= n", ""},
	{"a length that lies", "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)", ""},
	{"a getter without end", "result = {get event() { for (;;) {} }}", ""},
	{"a proxy without end", "result = new Proxy({}, {ownKeys() { for (;;) {} }})", ""},
	{"keys without end", "let i = 0; result = new Proxy({}, {ownKeys() { return Array.from({length: 1e7}, (_, i) => 'k' + i) }})", ""},
	{"a message without end", "throw {get message() { for (;;) {} }}", ""},
	{"a stack of handlers", "let f = () => { throw 1 }; for (let i = 0; i < 1e6; i++) { const g = f; f = () => { try { g() } finally { throw 2 } } } f()", ""},
	{"spread", "const a = new Array(1e7).fill(1); Math.max(...a)", "script_error ok"},
	{"a function of a great text", "new Function('return ' + '1+'.repeat(1e6) + '1')()", "script_error ok"},
}

func TestAttacks(t *testing.T) {
	p := newPool(t)
	for _, a := range attacks {
		t.Run(a.name, func(t *testing.T) {
			watched := watchChildren(t)
			begun := time.Now()
			_, err := p.Run(t.Context(), "file.js", a.text, inputOf(`{}`), time.Second)
			took := time.Since(begun)
			ended := "ok"
			var f *script.Fault
			if errors.As(err, &f) {
				ended = f.Reason()
			} else if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s in %s, worker %d MiB: %v", ended, took.Round(time.Millisecond), watched()>>20, err)
			if ended != script.ReasonLimit && ended != script.ReasonTimeout && !strings.Contains(a.also, ended) {
				t.Errorf("it ended as %s: want a limit", ended)
			}
			if peak := watched(); peak > mostWorker {
				t.Errorf("the worker took %d MiB", peak>>20)
			}
			if out := run(t, p, "result = {polluted: typeof {}.x}", `{}`); string(out.Result) != `{"polluted":"undefined"}` {
				t.Errorf("the next run gives %s", out.Result)
			}
		})
	}
}

// TestGarbage takes more than a worker may, and not at the same time.
func TestGarbage(t *testing.T) {
	p := newPool(t)
	watched := watchChildren(t)
	out := run(t, p, "let n = 0; for (let i = 0; i < 200; i++) n += ('x'.repeat(1e6) + i).length; result = {n}", `{}`)
	if string(out.Result) != `{"n":200000490}` || watched() > mostWorker {
		t.Errorf("result %s with %d MiB", out.Result, watched()>>20)
	}
}

// watchChildren measures the greatest memory that the workers of this process, which
// are its only children, took in all.
func watchChildren(t *testing.T) (peak func() int64) {
	t.Helper()
	var mu sync.Mutex
	most := map[int]int64{}
	look := func() {
		mu.Lock()
		defer mu.Unlock()
		for _, pid := range children() {
			most[pid] = max(most[pid], resident(pid, "VmHWM:"))
		}
	}
	done := make(chan struct{})
	t.Cleanup(func() { close(done) })
	go func() {
		for {
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
				look()
			}
		}
	}()
	return func() (greatest int64) {
		look()
		mu.Lock()
		defer mu.Unlock()
		for _, bytes := range most {
			greatest = max(greatest, bytes)
		}
		return greatest
	}
}

// children are the processes that this one started and that go on.
func children() []int { return childrenOf(os.Getpid()) }

func childrenOf(parent int) (pids []int) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", parent))
	if err != nil {
		return nil
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for word := range strings.FieldsSeq(string(text)) {
			if pid, err := strconv.Atoi(word); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// resident is a line of a process's status, in bytes; 0 if it has ended.
func resident(pid int, line string) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), line)
	var kib int64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		return 0
	}
	return kib << 10
}
