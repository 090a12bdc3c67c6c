package handlers_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"usersync/handlers"
)

// TestMemoryBound runs alone, for it measures the memory of the process: many
// strangers send the largest body but its last byte, and wait.
func TestMemoryBound(t *testing.T) {
	w := newSite(t, settings{options: handlers.Options{BodyTimeout: 2 * time.Second}})
	const maxBody, strangers = 1 << 20, 200
	block := strings.Repeat(" ", 32<<10)
	peak := watchHeap(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var senders sync.WaitGroup
	for range strangers {
		conn, err := net.Dial("tcp", w.public)
		if err != nil {
			t.Fatal(err)
		}
		senders.Go(func() {
			defer conn.Close()
			fmt.Fprintf(conn, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n", maxBody)
			for sent := len(block); sent <= maxBody; sent += len(block) {
				if sent == maxBody {
					fmt.Fprint(conn, block[1:])
				} else if _, err := fmt.Fprint(conn, block); err != nil {
					return // refused: the budget is used up
				}
			}
			<-ctx.Done()
		})
	}
	senders.Wait()
	t.Logf("%d bodies of 1 MB at once, peak heap %d MB", strangers, peak()>>20)
	if peak() > 100<<20 {
		t.Errorf("the heap grew to %d MB", peak()>>20)
	}
	if !strings.Contains(w.journal.String(), `"reason":"busy"`) {
		t.Error("nobody was refused: the test has put no strain on the budget")
	}
	if w.sink.count() != 0 {
		t.Error("half a body was submitted")
	}
}
