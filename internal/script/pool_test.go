package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"usersync/internal/script"
)

func TestMain(m *testing.M) {
	script.WorkHere()
	if os.Getenv("RUN_AS_PARENT") != "" {
		_, err := endless()
		fmt.Println(err)
		return
	}
	os.Exit(m.Run())
}

// endless runs a script that never ends, and says so when its worker is there.
func endless() ([]byte, error) {
	p := script.NewPool()
	if _, err := p.Run(context.Background(), "file.js", "", inputOf(`{}`), patience); err != nil {
		return nil, err
	}
	fmt.Println("there")
	return p.Run(context.Background(), "file.js", "for (;;);", inputOf(`{}`), patience)
}

// patience is for what happens at once on a machine with nothing else to do.
const patience = time.Minute

func newPool(t testing.TB) *script.Pool {
	t.Helper()
	p := script.NewPool()
	t.Cleanup(p.Close)
	return p
}

// inputOf is an input with a body and all actions that tests call.
func inputOf(body string) []byte {
	input, err := json.Marshal(script.Input{
		Globals: map[string]json.RawMessage{"body": json.RawMessage(body), "headers": json.RawMessage(`{}`)},
		Actions: []string{"user.ban", "user.upsert", "chat.post", "chat.post.call.it"},
		Clock:   1768478400000,
	})
	if err != nil {
		panic(err)
	}
	return input
}

// run runs a script that ends well.
func run(t *testing.T, p *script.Pool, text, body string) script.Outcome {
	t.Helper()
	raw, err := p.Run(t.Context(), "file.js", text, inputOf(body), patience)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	var out script.Outcome
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// fault runs a script that does not.
func fault(t *testing.T, p *script.Pool, text, body string, limit time.Duration) *script.Fault {
	t.Helper()
	raw, err := p.Run(t.Context(), "file.js", text, inputOf(body), limit)
	var f *script.Fault
	if !errors.As(err, &f) {
		t.Fatalf("%s: %s, %v: want a fault", text, raw, err)
	}
	return f
}

func TestOutcomes(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, c := range []struct{ name, text, body, result, calls string }{
		{"nothing", ``, `{}`, `null`, `null`},
		{"null", `result = null`, `{}`, `null`, `null`},
		{"a result", `result = {event: body.kind, data: {id: body.id}}`, `{"kind":"user.created","id":"u1"}`, `{"event":"user.created","data":{"id":"u1"}}`, `null`},
		{"declared anew", `let result = {a: 1}`, `{}`, `{"a":1}`, `null`},
		{"a var", `var result = {a: 1}`, `{}`, `{"a":1}`, `null`},
		{"undefined members are not there", `result = {a: undefined, b: null}`, `{}`, `{"b":null}`, `null`},
		{"times", `result = {at: new Date(1768478400123)}`, `{}`, `{"at":"2026-01-15T12:00:00.123Z"}`, `null`},
		{"the clock stands", `result = {now: Date.now(), later: new Date()}`, `{}`, `{"now":1768478400000,"later":"2026-01-15T12:00:00.000Z"}`, `null`},
		{"no time zone", `result = {at: new Date(2026, 0, 15, 12)}`, `{}`, `{"at":"2026-01-15T12:00:00.000Z"}`, `null`},
		{"great integers are texts", `result = {id: body.id, small: body.small, f: body.f}`, `{"id":9007199254740993,"small":-12,"f":1.50}`, `{"id":"9007199254740993","small":-12,"f":1.5}`, `null`},
		{"big integers", `result = {id: BigInt(body.id) + 1n}`, `{"id":9007199254740993}`, `{"id":9007199254740994}`, `null`},
		{"lone surrogates stay", `result = {a: body.a, b: body.b}`, `{"a":"x\ud800\n","b":"\ud83d\ude00é\u0000"}`, `{"a":"x\ud800\u000a","b":"😀é\u0000"}`, `null`},
		{"__proto__ is a name", `result = {own: Object.keys(body), polluted: {}.admin === undefined, body}`, `{"__proto__":{"admin":true}}`, `{"own":["__proto__"],"polluted":true,"body":{"__proto__":{"admin":true}}}`, `null`},
		{"actions by id and by path", `actions["user.ban"]({id: "1"}); actions.user.ban({id: "2"}); actions.chat.post({text: "x"})`, `{}`, `null`,
			`[{"action":"user.ban","with":{"id":"1"}},{"action":"user.ban","with":{"id":"2"}},{"action":"chat.post","with":{"text":"x"}}]`},
		{"an action below another", `actions.chat.post.call.it({a: 1}); result = {whole: Function.prototype.call.it === undefined}`, `{}`, `{"whole":true}`, `[{"action":"chat.post.call.it","with":{"a":1}}]`},
		{"what an action got is read at once", `const u = {id: "1"}; actions.user.ban(u); u.id = "2"`, `{}`, `null`, `[{"action":"user.ban","with":{"id":"1"}}]`},
		{"a promise that is kept", `(async () => { await null; result = {a: 1} })()`, `{}`, `{"a":1}`, `null`},
		{"toJSON is not asked", `Object.prototype.toJSON = () => 7; Array.prototype.toJSON = () => 7; result = {a: [1]}`, `{}`, `{"a":[1]}`, `null`},
		{"getters are read once", `let n = 0; result = {get id() { return String(++n) }}`, `{}`, `{"id":"1"}`, `null`},
		{"proxies are read once", `let n = 0; result = new Proxy({id: 1}, {get: (t, k) => k === "id" ? "p" + ++n : undefined})`, `{}`, `{"id":"p1"}`, `null`},
		{"replaced while it is read", `result = {get a() { result = {b: 2}; return 1 }}`, `{}`, `{"a":1}`, `null`},
		{"text of the web", `result = {a: body.a}`, `{"a":"<a href='?b&c'>"}`, `{"a":"<a href='?b&c'>"}`, `null`},
		{"the same dice", `result = {dice: Math.random()}`, `{}`, `{"dice":0.6764556596678251}`, `null`},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := run(t, p, c.text, c.body)
			calls, err := json.Marshal(out.Calls)
			if err != nil || string(out.Result) != c.result || string(calls) != c.calls {
				t.Errorf("result %s, calls %s: want %s, %s", out.Result, calls, c.result, c.calls)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, c := range []struct{ name, text, reason, detail string }{
		{"a throw", "\n\nthrow new Error('no user here')", "script_error", "file.js:3: Error: no user here"},
		{"a payload in a message", "throw new Error('no user ' + body.email + ' here')", "script_error", "file.js:1: Error: no user … here"},
		{"a text", "throw 'odd'", "script_error", "file.js:1: odd"},
		{"a member of nothing", "\nbody.user.id", "script_error", "file.js:2: TypeError: Cannot read property 'id' of undefined"},
		{"an unknown action", "actions['user.bann']({id: 1})", "script_error", "file.js:1: TypeError: Object has no member 'user.bann'"},
		{"an unknown action of a known part", "actions.user.bann({id: 1})", "script_error", "file.js:1: TypeError: Object has no member 'bann'"},
		{"a misspelt global", "reslt = {}", "script_error", "file.js:1: ReferenceError: reslt is not defined"},
		{"no require", "require('fs')", "script_error", "file.js:1: ReferenceError: require is not defined"},
		{"no timers", "setTimeout(() => 1, 1)", "script_error", "file.js:1: ReferenceError: setTimeout is not defined"},
		{"no console", "console.log(1)", "script_error", "file.js:1: ReferenceError: console is not defined"},
		{"no process by its constructor", "body.constructor.constructor('return process')().exit()", "script_error", "file.js:1: ReferenceError: process is not defined"},
		{"no files by source maps", "eval('1 //# sourceMappingURL=/proc/self/status'); require", "script_error", "file.js:1: ReferenceError: require is not defined"},
		{"a rejected promise", "(async () => { throw new Error('late') })()", "script_error", "file.js: a promise was rejected and nobody caught it: Error: late"},
		{"no syntax", "1;\nlet x = ;", "script_error", "file.js:2: Unexpected token ;"},
		{"not a number", "result = {data: {n: NaN}}", "script_error", "file.js: result.data.n is not a number"},
		{"no date", "result = {at: new Date('x')}", "script_error", "file.js: result.at is an Invalid Date"},
		{"a function", "result = {f() {}}", "script_error", "file.js: result.f is a Function, which no JSON can hold"},
		{"a map", "result = {m: new Map()}", "script_error", "file.js: result.m is neither object nor array, and no JSON can hold it"},
		{"a symbol", "result = {s: Symbol('x')}", "script_error", "file.js: result.s is a symbol, which no JSON can hold"},
		{"a circle", "result = {}; result.self = result", "script_error", "file.js: objects and arrays stand more than 64 deep in each other, or in themselves"},
		{"a getter that throws", "result = {get a() { throw new Error('in vain') }}", "script_error", "file.js:1: Error: in vain"},
		{"a proxy that was revoked", "const r = Proxy.revocable({}, {}); result = r.proxy; r.revoke()", "script_error", "TypeError"},
		{"an action without an object", "actions.user.ban('u1')", "script_error", `file.js:1: TypeError: actions["user.ban"] takes one object`},
		{"101 actions", "for (let i = 0; i < 101; i++) try { actions.user.ban({id: i}) } catch (e) {}", "script_limit", "more than 100 actions"},
		{"a great result", "result = {a: 'x'.repeat(2 << 20)}", "script_limit", "together have more than 1 MiB"},
		{"a sparse array", "result = new Array(4e9)", "script_limit", "together have more than 1 MiB"},
		{"great actions", "for (let i = 0; i < 90; i++) actions.user.ban({a: 'x'.repeat(20000)})", "script_limit", "together have more than 1 MiB"},
		{"recursion", "function f() { return f() + 1 }\nf()", "script_limit", "file.js:1: functions call each other"},
		{"recursion that is caught", "function f() { try { f() } catch (e) { f() } }\nf()", "script_limit", "file.js:1: functions call each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f := fault(t, p, c.text, `{"email":"jane@example.com","user":null}`, patience)
			if f.Reason() != c.reason || !strings.Contains(f.Error(), c.detail) {
				t.Errorf("%s: %s\nwant %s: %s", f.Reason(), f, c.reason, c.detail)
			}
		})
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	p := newPool(t)
	for _, c := range []struct{ name, text, want string }{
		{"good", "result = null", ""},
		{"empty", "", ""},
		{"no syntax", "1;\n2;\n}", "file.js:3: Unexpected token }"},
		{"not strict", "with (body) {}", "file.js:1: "},
		{"a constant", "const a = 1;\na = 2", ""},
		{"twice", "let a\nlet a", "file.js:2: "},
		{"too large", strings.Repeat(" ", 256<<10+1), "file.js:1: a script has at most 256 KiB"},
		{"too deep", strings.Repeat("[", 1e5), "file.js:1: brackets stand too deep in each other"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := p.Check("file.js", c.text)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func BenchmarkRun(b *testing.B) {
	p := newPool(b)
	text := "result = {event: 'user.updated', data: {id: body.user.id, email: body.user.email, name: body.user.first + ' ' + body.user.last}}"
	input := inputOf(`{"user":{"id":"usr_1","email":"jane@example.com","first":"Jane","last":"Doe","roles":["a","b"]},"type":"user.updated"}`)
	for b.Loop() {
		if _, err := p.Run(b.Context(), "file.js", text, input, patience); err != nil {
			b.Fatal(err)
		}
	}
}

// Whatever its characters are, a result of less than 1 MiB is one.
func TestAResultOfTheWeb(t *testing.T) {
	t.Parallel()
	const size = 1000000
	if out := run(t, newPool(t), "result = {a: '<'.repeat(1000000)}", `{}`); len(out.Result) != size+len(`{"a":""}`) {
		t.Errorf("%d bytes", len(out.Result))
	}
}
