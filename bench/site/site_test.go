package site_test

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/bench/site"
)

func TestOnlyLoopback(t *testing.T) {
	t.Parallel()
	for address, fine := range map[string]bool{
		"127.0.0.1:80": true, "localhost:80": true, "[::1]:80": true, "127.9.9.9:1": true,
		"192.0.2.1:80": false, "example.com:80": false, "0.0.0.0:80": false, "127.0.0.1": false, "": false,
	} {
		if err := site.OnlyLoopback(address); (err == nil) != fine {
			t.Errorf("%q: %v", address, err)
		}
	}
}

// What a process said before it ended tells why it could not be measured.
func TestProcessThatEnds(t *testing.T) {
	t.Parallel()
	const nobody = "127.0.0.1:1" // a port that was free a moment ago may be somebody's
	program := site.Program{Command: []string{"sh", "-c", "echo I cannot: $WHY; exit 3"}, Env: []string{"WHY=no reason"}, Log: filepath.Join(t.TempDir(), "log")}
	if _, err := site.Start(t.Context(), program, nobody); err == nil || !strings.Contains(err.Error(), "I cannot: no reason") {
		t.Error(err)
	}
}

// A process is ended by its id, and one that fails on its way out says so.
func TestStop(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ script, want string }{
		"fine":  {"trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done", ""},
		"fails": {"trap 'echo broken; exit 4' TERM; echo ready; while :; do sleep 0.05; done", "broken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The test listens in the process's place.
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = listener.Close() }()
			program := site.Program{Command: []string{"sh", "-c", c.script}, Log: filepath.Join(t.TempDir(), "log")}
			server, err := site.Start(t.Context(), program, listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			for log := ""; log != "ready\n"; { // until then a signal would find no trap
				text, err := os.ReadFile(program.Log)
				if err != nil {
					t.Fatal(err)
				}
				log = string(text)
			}
			err = server.Stop()
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}
