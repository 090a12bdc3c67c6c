package faultproxy_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/faultproxy"
	"usersync/internal/pgtest"
)

// echo is a server that returns what it gets, behind a proxy.
func echo(t *testing.T) *faultproxy.Proxy {
	t.Helper()
	server, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	go func() {
		for {
			conn, err := server.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return start(t, server.Addr().String())
}

func start(t *testing.T, target string) *faultproxy.Proxy {
	t.Helper()
	p, err := faultproxy.Start(target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func set(t *testing.T, p *faultproxy.Proxy, mode faultproxy.Mode) {
	t.Helper()
	if err := p.Set(mode); err != nil {
		t.Fatal(err)
	}
}

func dial(t *testing.T, p *faultproxy.Proxy) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a word and returns how long its echo took, or the error.
func ask(conn net.Conn, word string, limit time.Duration) (time.Duration, error) {
	began := time.Now()
	if err := conn.SetDeadline(began.Add(limit)); err != nil {
		return 0, err
	}
	if _, err := io.WriteString(conn, word); err != nil {
		return 0, err
	}
	answer := make([]byte, len(word))
	if _, err := io.ReadFull(conn, answer); err != nil {
		return 0, err
	}
	if string(answer) != word {
		return 0, errors.New("the echo is wrong: " + string(answer))
	}
	return time.Since(began), nil
}

const patient = 20 * time.Second

func TestPassAndDelay(t *testing.T) {
	t.Parallel()
	p := echo(t)
	conn := dial(t, p)
	if _, err := ask(conn, strings.Repeat("x", 300_000), patient); err != nil {
		t.Fatal(err)
	}
	p.SetDelay(60*time.Millisecond, 80*time.Millisecond)
	took, err := ask(conn, "late", patient)
	if err != nil || took < 120*time.Millisecond {
		t.Errorf("took %v with a delay of at least 60 ms each way, %v", took, err)
	}
	p.SetDelay(0, 0)
	if _, err := ask(conn, "early", patient); err != nil {
		t.Error(err)
	}
	if n := p.Counts().Delayed; n < 2 {
		t.Errorf("%d pieces were delayed", n)
	}
}

func TestRefuseAndBack(t *testing.T) {
	t.Parallel()
	p := echo(t)
	conn := dial(t, p)
	if _, err := ask(conn, "hello", patient); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		set(t, p, faultproxy.Refuse)
		if _, err := ask(conn, "gone", patient); err == nil || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an open connection: %v", err)
		}
		if _, err := net.Dial("tcp", p.Addr()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("a new connection: %v", err)
		}
		set(t, p, faultproxy.Pass)
		conn = dial(t, p)
		if _, err := ask(conn, "again", patient); err != nil {
			t.Error(err)
		}
	}
}

// In the blackhole nothing moves on old and new connections; afterwards what was
// sent arrives.
func TestBlackhole(t *testing.T) {
	t.Parallel()
	p := echo(t)
	old := dial(t, p)
	if _, err := ask(old, "hello", patient); err != nil {
		t.Fatal(err)
	}
	set(t, p, faultproxy.Blackhole)
	young := dial(t, p)
	// The system takes a connection before the proxy does.
	for deadline := time.Now().Add(patient); p.Counts().Swallowed == 0 && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
	}
	for name, conn := range map[string]net.Conn{"old": old, "young": young} {
		var timeout net.Error
		if _, err := ask(conn, "late", 100*time.Millisecond); !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s: %v", name, err)
		}
	}
	set(t, p, faultproxy.Pass)
	for name, conn := range map[string]net.Conn{"old": old, "young": young} {
		if _, err := ask(conn, "late", patient); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := p.Counts().Swallowed; n != 1 {
		t.Errorf("%d connections were swallowed", n)
	}
	set(t, p, faultproxy.Blackhole)
	set(t, p, faultproxy.Refuse)
	if _, err := ask(old, "gone", patient); err == nil {
		t.Error("a swallowed connection outlived the server")
	}
}

func TestReset(t *testing.T) {
	t.Parallel()
	p := echo(t)
	conns := []net.Conn{dial(t, p), dial(t, p), dial(t, p)}
	for _, conn := range conns {
		if _, err := ask(conn, "hello", patient); err != nil {
			t.Fatal(err)
		}
	}
	if n := p.Reset(0); n != 0 {
		t.Errorf("%d of none were reset", n)
	}
	if n := p.Reset(1); n != 3 {
		t.Errorf("%d of 3 were reset", n)
	}
	for _, conn := range conns {
		if err := conn.SetDeadline(time.Now().Add(patient)); err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := ask(dial(t, p), "again", patient); err != nil {
		t.Error(err)
	}
}

// A commit whose answer is lost is applied: a real server says so.
func TestLostCommitIsApplied(t *testing.T) {
	t.Parallel()
	direct, err := pgx.ParseConfig(pgtest.New(t))
	if err != nil {
		t.Fatal(err)
	}
	p := start(t, net.JoinHostPort(direct.Host, strconv.Itoa(int(direct.Port))))
	connect := func() *pgx.Conn {
		t.Helper()
		config := direct.Copy()
		addr := netip.MustParseAddrPort(p.Addr())
		config.Host, config.Port, config.Fallbacks, config.TLSConfig = addr.Addr().String(), addr.Port(), nil, nil
		conn, err := pgx.ConnectConfig(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		return conn
	}
	conn := connect()
	if _, err := conn.Exec(t.Context(), "CREATE TABLE said (word text)"); err != nil {
		t.Fatal(err)
	}
	p.LoseCommits(1)
	const rounds = 5
	for range rounds {
		tx, err := conn.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := tx.Exec(t.Context(), "INSERT INTO said VALUES ('COMMIT')"); err != nil {
			t.Fatal(err)
		}
		if err := tx.Commit(t.Context()); err == nil {
			t.Fatal("the commit was answered")
		}
		conn = connect()
	}
	p.LoseCommits(0)
	var rows int
	if err := conn.QueryRow(t.Context(), "SELECT count(*) FROM said").Scan(&rows); err != nil || rows != rounds {
		t.Errorf("%d rows, %v", rows, err)
	}
	if n := p.Counts().LostCommits; n != rounds {
		t.Errorf("%d commits lost", n)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

// After Close nothing is left, in whichever mode and with whatever open.
func TestCloseLeavesNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	for _, mode := range []faultproxy.Mode{faultproxy.Pass, faultproxy.Refuse, faultproxy.Blackhole} {
		p := echo(t)
		conn := dial(t, p)
		if _, err := ask(conn, "hello", patient); err != nil {
			t.Fatal(err)
		}
		p.SetDelay(time.Hour, time.Hour)
		if _, err := io.WriteString(conn, "held back"); err != nil {
			t.Fatal(err)
		}
		set(t, p, mode)
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if err := p.Close(); err != nil {
			t.Errorf("a second time: %v", err)
		}
		if err := p.Set(faultproxy.Pass); err == nil {
			t.Error("a closed proxy was switched")
		}
		if _, err := net.Dial("tcp", p.Addr()); err == nil {
			t.Error("a closed proxy listens")
		}
	}
	// The echo servers, one for each mode, end with the test.
	const echoes = 3
	for deadline := time.Now().Add(patient); runtime.NumGoroutine() > before+echoes; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
