package holdport_test

import (
	"net"
	"testing"
	"time"

	"usersync/internal/holdport"
)

// While a port is held nobody answers on it; whoever still has the socket that listened
// is waited for; the server can listen again, before the release and after it.
func TestHold(t *testing.T) {
	t.Parallel()
	listener := listen(t, "127.0.0.1:0")
	addr := listener.Addr().String()
	other, err := listener.(*net.TCPListener).File() // as a process that is being started has it
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(20*time.Millisecond, func() { _ = other.Close() })
	release, err := holdport.Hold(listener.Addr().(*net.TCPAddr).Port)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := net.Dial("tcp", addr); err == nil {
		t.Error("somebody answers")
		_ = conn.Close()
	}
	again := listen(t, addr)
	release()
	if conn, err := net.Dial("tcp", addr); err != nil {
		t.Error(err)
	} else {
		_ = conn.Close()
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

func listen(t *testing.T, addr string) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener
}
