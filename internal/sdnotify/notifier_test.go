package sdnotify

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"
)

// manager is the socket of a service manager.
func manager(t *testing.T, name string) *net.UnixConn {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func TestMessages(t *testing.T) {
	t.Parallel()
	dir, err := os.MkdirTemp("", "sd-") // short: a path of a socket has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	for name, socket := range map[string]string{
		"file":     filepath.Join(dir, "notify"),
		"abstract": fmt.Sprintf("@usersync-test-%d", os.Getpid()),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := manager(t, socket)
			n := New([]string{"HOME=/", "NOTIFY_SOCKET=" + socket}, 1)
			if !n.Listens() || n.Watchdog != 0 {
				t.Fatalf("%+v", n)
			}
			for _, c := range []struct {
				send func() error
				want string
			}{
				{n.Ready, `READY=1`},
				{n.Reloading, "RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*"},
				{n.Stopping, `STOPPING=1`},
				{n.Alive, `WATCHDOG=1`},
				{func() error { return n.Status("two\nlines") }, `STATUS=two lines`},
			} {
				if err := c.send(); err != nil {
					t.Fatal(err)
				}
				message := make([]byte, 100)
				size, err := conn.Read(message)
				if err != nil {
					t.Fatal(err)
				}
				if got := string(message[:size]); !regexp.MustCompile("^" + c.want + "$").MatchString(got) {
					t.Errorf("got %q, want %q", got, c.want)
				}
			}
		})
	}
}

func TestWatchdogOfTheEnvironment(t *testing.T) {
	t.Parallel()
	for usec, want := range map[string]time.Duration{"30000000": 30 * time.Second, "": 0, "0": 0, "-5": 0, "soon": 0, "99999999999999999": 0} {
		if got := New([]string{"NOTIFY_SOCKET=/s", "WATCHDOG_USEC=" + usec, "WATCHDOG_PID=7"}, 7).Watchdog; got != want {
			t.Errorf("%q: %v, want %v", usec, got, want)
		}
	}
	if got := New([]string{"NOTIFY_SOCKET=/s", "WATCHDOG_USEC=1000000", "WATCHDOG_PID=8"}, 7).Watchdog; got != 0 {
		t.Errorf("the watchdog of another process: %v", got)
	}
	if got := New([]string{"WATCHDOG_USEC=1000000"}, 7).Watchdog; got != 0 {
		t.Errorf("a watchdog without a socket: %v", got)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	n := New([]string{"PATH=/bin"}, 1)
	if n.Listens() {
		t.Error("there is no socket")
	}
	if err := n.Ready(); err != nil {
		t.Errorf("nobody to tell is no fault: %v", err)
	}
	if err := New([]string{"NOTIFY_SOCKET=" + filepath.Join(t.TempDir(), "none")}, 1).Ready(); err == nil {
		t.Error("a socket that is not there is a fault")
	}
}
