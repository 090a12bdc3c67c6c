package distance

import (
	"bytes"
	"io"
	"net"
	"testing"
	"time"
)

// echo sends back what it is sent.
func echo(t *testing.T) (address string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return listener.Addr().String()
}

// A trip takes as long as was said at least, and what is sent meanwhile comes whole, in
// its order, and not a trip later.
func TestWhatIsSentArrivesLater(t *testing.T) {
	t.Parallel()
	const trip = 200 * time.Millisecond
	link, err := Open(echo(t), trip)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", link.Addr())
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	var sent bytes.Buffer
	for i := range 50 {
		part := bytes.Repeat([]byte{byte(i)}, 1000)
		sent.Write(part)
		if _, err := conn.Write(part); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	got := make([]byte, sent.Len())
	if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, sent.Bytes()) {
		t.Fatalf("%v, equal: %v", err, bytes.Equal(got, sent.Bytes()))
	}
	// One after the other they would take fifty times as long; a machine may hang meanwhile.
	if took := time.Since(began); took < trip || took > 40*trip {
		t.Errorf("took %v", took)
	}
	if err := link.Close(); err != nil {
		t.Error(err)
	}
	if _, err := conn.Read(got); err == nil {
		t.Error("the connection outlived its network")
	}
}

func TestAnEndIsToldToTheOtherSide(t *testing.T) {
	t.Parallel()
	link, err := Open(echo(t), 0)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	conn, err := net.Dial("tcp", link.Addr())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	one := make([]byte, 1)
	if _, err := io.ReadFull(conn, one); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(one); err == nil {
		t.Errorf("%d bytes after the end", n)
	}
}
