package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	usersync "usersync/sync"
)

// wildScripts want all there is, or a way out. Each names how it may end.
var wildScripts = []struct{ name, text, ends string }{
	{"endless loop", "for (;;);", "script_timeout"},
	{"endless loop that catches", "for (;;) try { for (;;); } catch (e) {} finally { continue }", "script_timeout"},
	{"deep recursion", "function f() { return f() + 1 } f()", "script_limit"},
	{"deep native recursion", "let a = []; for (let i = 0; i < 1e6; i++) a = [a]; String(a)", "script_limit script_timeout"},
	{"100 MB of text", "result = {event: 'x'.repeat(100 << 20)}", "script_limit"},
	{"a text that doubles", "let s = 'x'; for (;;) s += s", "script_limit script_timeout"},
	{"nested JSON", "let o = {}; for (let i = 0; i < 1e5; i++) o = {o}; JSON.stringify(o)", "script_limit script_timeout"},
	{"a regular expression", "/^(?=(a+)+$)b/.test('a'.repeat(40) + '!'); /^(a+)+\\1$/.test('a'.repeat(60) + '!')", "script_timeout"},
	{"a sort", "new Array(1e6).fill(0).map((_, i) => i * 7919 % 1000003).sort((a, b) => { for (let i = 0; i < 1e4; i++); return a - b })", "script_timeout script_limit"},
	{"a join", "new Array(1e5).fill('x'.repeat(1e4)).join('y')", "script_limit script_timeout"},
	{"objects", "const all = []; for (;;) all.push({a: [1]})", "script_limit script_timeout"},
	{"buffers", "const all = []; for (;;) all.push(new Uint8Array(1e6).fill(1))", "script_limit script_timeout"},
	{"a result that is too large", "result = {event: 'user.created', data: {id: 'u', metadata: 'x'.repeat(2 << 20)}}", "script_limit"},
	{"too many actions", "for (let i = 0; ; i++) actions.user.ban({id: 'wild' + i})", "script_limit"},
	{"a way out", "body.constructor.constructor('return process')().exit(1)", "script_error"},
	{"a way out by an action", "actions.user.ban.constructor('return require')()('fs')", "script_error"},
	{"a global that is none", "globalThis.constructor.constructor('return globalThis')().setTimeout(() => 1)", "script_error"},
	{"an action that is not allowed", "actions.user.delete({id: 'wild'})", "script_error"},
	{"polluted prototypes", "Object.prototype.event = 'user.created'; Object.prototype.data = {id: 'wild'}; Array.prototype.push = null; Object.prototype.toJSON = () => 1; result = {}", "script_error"},
	{"__proto__ in a result", "result = JSON.parse('{\"__proto__\": {\"event\": \"user.created\", \"data\": {\"id\": \"wild\"}}}')", "script_error"},
	{"a proxy", "result = new Proxy({}, {ownKeys: () => ['event', 'data'], getOwnPropertyDescriptor: () => ({enumerable: true, configurable: true}), get: (t, k) => { for (;;); }})", "script_timeout"},
	{"a getter that replaces the result", "result = {get event() { result = {event: 'user.created', data: {id: 'wild'}}; return 'user.nothing' }, data: {id: 'wild'}}", "script_error"},
	{"toString", "result = {event: {toString: () => 'user.created'}, data: {id: {toString: () => 'wild', toJSON: () => 'wild'}}}", "script_error"},
	{"a time far ahead", "result = {event: 'user.banned', data: {id: 'wild', occurred_at: new Date(Date.now() + 1e12)}}", "future_time"},
}

// Nothing that a script does harms the daemon, other deliveries, or the next run; not
// even several at once.
func TestWildScripts(t *testing.T) {
	t.Parallel()
	url := databaseURLs["sqlite"](t)
	daemon := startProcess(t, scriptConfig(t, url, "result = {event: 'user.created', data: {id: body.id}}", "time_limit: 3s, enabled_actions: [user.ban, user.delete]"), url)
	watched := watchMemory(t, daemon.cmd.Process.Pid)
	var senders sync.WaitGroup
	turns := make(chan struct{}, 3)
	for i, wild := range wildScripts {
		turns <- struct{}{}
		senders.Go(func() {
			defer func() { <-turns }()
			if got := daemon.deliver("wild", document{"name": wild.name, "script": wild.text, "secret": "sentinel"}); got != "dead_letter" {
				t.Errorf("%s: %s", wild.name, got)
			}
			if got := daemon.deliver("own", document{"id": fmt.Sprint("u", i)}); got != "applied" {
				t.Errorf("after %s: %s", wild.name, got)
			}
		})
	}
	senders.Wait()
	reasons := map[string]string{}
	letters, err := daemon.inspect().Letters().LetterPage(t.Context(), usersync.LetterScope{Provider: "wild"}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	for i := range letters {
		var sent struct{ Name string }
		if err := json.Unmarshal(letters[i].Payload, &sent); err != nil {
			t.Fatal(err)
		}
		reasons[sent.Name] = letters[i].Reason
		t.Logf("%s: %s", sent.Name, letters[i].Detail)
		if strings.Contains(letters[i].Detail, "sentinel") || !strings.Contains(letters[i].Detail, "wild.js") {
			t.Errorf("the letter of %s tells %q", sent.Name, letters[i].Detail)
		}
	}
	for _, wild := range wildScripts {
		if !strings.Contains(wild.ends, reasons[wild.name]) || reasons[wild.name] == "" {
			t.Errorf("%s ended as %q, want %s", wild.name, reasons[wild.name], wild.ends)
		}
	}
	if rows := rowsIn(t, url, "users"); rows != len(wildScripts) {
		t.Errorf("%d rows, want %d", rows, len(wildScripts))
	}
	peak := watched()
	t.Logf("daemon and workers: %d MB", peak/1e6)
	if peak > 200e6 && !raceDetector {
		t.Errorf("daemon and workers took %d MB", peak/1e6)
	}
	if code := daemon.stop(); code != exitOK {
		t.Errorf("exit code %d:\n%s", code, daemon.log)
	}
}

// watchMemory measures the greatest memory that a process and its children had at once.
func watchMemory(t *testing.T, pid int) (peak func() int64) {
	t.Helper()
	done, measured := make(chan struct{}), make(chan int64)
	go func() {
		var most int64
		for {
			select {
			case <-done:
				measured <- most
				return
			case <-time.After(2 * time.Millisecond):
				all := residentMemory(pid)
				for _, child := range childrenOf(pid) {
					all += residentMemory(child)
				}
				most = max(most, all)
			}
		}
	}()
	return sync.OnceValue(func() int64 {
		close(done)
		return <-measured
	})
}

// childrenOf are the processes that another one started.
func childrenOf(pid int) (pids []int) {
	lists, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		return nil
	}
	for _, list := range lists {
		text, err := os.ReadFile(list)
		if err != nil {
			continue // the thread has ended
		}
		for word := range strings.FieldsSeq(string(text)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

// residentMemory is what a process has in memory, in bytes; 0 if it has ended.
func residentMemory(pid int) int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(text), &size, &resident); err != nil {
		return 0
	}
	return resident * int64(os.Getpagesize())
}
