package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/handlers"
	"usersync/internal/secret"
	"usersync/providers"
)

// TestMemoryBound runs alone, for it measures the memory of the process: many
// strangers send the largest body but its last byte, and wait.
func TestMemoryBound(t *testing.T) {
	w := newSite(t, settings{options: handlers.Options{BodyTimeout: patience}})
	const maxBody, strangers = 1 << 20, 200
	block := strings.Repeat(" ", 32<<10)
	peak := watchHeap(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var sending, senders sync.WaitGroup
	sending.Add(strangers)
	for range strangers {
		conn, err := net.Dial("tcp", w.public)
		if err != nil {
			t.Fatal(err)
		}
		senders.Go(func() {
			defer conn.Close()
			sendAllButOne(conn, block, maxBody)
			sending.Done()
			<-ctx.Done()
		})
	}
	sending.Wait()
	eventually(t, "strangers who take up all room", func() bool {
		return strings.Contains(w.journal.String(), `"reason":"evicted"`)
	})
	cancel()
	senders.Wait()
	t.Logf("%d bodies of 1 MB at once, peak heap %d MB", strangers, peak()>>20)
	if peak() > 100<<20 {
		t.Errorf("the heap grew to %d MB", peak()>>20)
	}
	if w.sink.count() != 0 {
		t.Error("half a body was submitted")
	}
}

// sendAllButOne sends a body but its last byte, or less if the sender is evicted
// because others need the memory.
func sendAllButOne(to io.Writer, block string, size int) {
	fmt.Fprintf(to, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
	for sent := len(block); sent <= size; sent += len(block) {
		if sent == size {
			block = block[1:]
		}
		if _, err := fmt.Fprint(to, block); err != nil {
			return
		}
	}
}

// TestGenuineAmongStrangers runs alone, for it measures the memory of the
// process: strangers who begin bodies of all sizes and stall, and come again
// when they are cut, cannot keep the genuine deliveries out.
func TestGenuineAmongStrangers(t *testing.T) {
	provider, err := providers.New("acme", providers.Settings{Type: "authon", Secrets: []secret.Text{secret.New(hostileSecret)}})
	if err != nil {
		t.Fatal(err)
	}
	sink := &tally{}
	w := newSite(t, settings{options: handlers.Options{Sink: sink, Endpoints: map[string]handlers.Endpoint{"acme": {Provider: provider}}}})
	const strangers, deliveries = 340, 100
	peak := watchHeap(t)
	ctx, cancel := context.WithCancel(t.Context())
	var crowd sync.WaitGroup
	var cut atomic.Int64
	for i := range strangers {
		size := 8 << 10 << (i % 8) // 8 KiB to 1 MiB
		crowd.Go(func() {
			for ctx.Err() == nil {
				stallUntilCut(ctx, w.public, size)
				cut.Add(1)
				time.Sleep(300 * time.Millisecond) // the test is about memory, not about processor time
			}
		})
	}
	defer crowd.Wait()
	defer cancel()
	eventually(t, "strangers who take up all room", func() bool {
		return strings.Contains(w.journal.String(), `"reason":"evicted"`)
	})
	body := `{"event":"user.updated","timestamp":"2026-01-01T00:00:00Z","data":{"user":{"id":"u","displayName":"` + strings.Repeat("x", 5000) + `"}}}`
	var senders sync.WaitGroup
	for range 10 {
		senders.Go(func() {
			for range deliveries / 10 {
				r, err := http.NewRequest(http.MethodPost, "http://"+w.public+"/webhooks/acme", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				r.Header = signAuthon([]byte(body))
				if answer, text := do(t, r); answer.StatusCode != http.StatusOK {
					t.Errorf("a genuine delivery was answered with %d %s", answer.StatusCode, text)
				}
				time.Sleep(10 * time.Millisecond)
			}
		})
	}
	senders.Wait()
	t.Logf("%d deliveries taken, strangers cut %d times, peak heap %d MB", sink.taken, cut.Load(), peak()>>20)
	if sink.taken != deliveries {
		t.Errorf("%d deliveries were taken, want %d", sink.taken, deliveries)
	}
	// Who was evicted holds its memory until its handler runs: here, where the
	// strangers share the processor with the receiver, that takes a while.
	if peak() > 128<<20 {
		t.Errorf("the heap grew to %d MB", peak()>>20)
	}
}

// stallUntilCut sends most of an unproven body and waits until the connection
// ends.
func stallUntilCut(ctx context.Context, addr string, size int) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	fmt.Fprintf(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", size)
	part := strings.Repeat(" ", 6<<10)
	for sent := len(part); sent < size; sent += len(part) {
		if _, err := fmt.Fprint(conn, part); err != nil {
			return
		}
	}
	_, _ = io.Copy(io.Discard, conn)
}
