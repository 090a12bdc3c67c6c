//go:build unix

package handlers_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/linewriter"
	"usersync/internal/pulse"
	"usersync/providers"
	usersync "usersync/sync"
)

// instantProvider and instantSink cost nothing: what is left is the cost of HTTP.
type instantProvider struct {
	fakeProvider
	delivery *usersync.Delivery
}

func (instantProvider) Methods() []string { return methodsOfInstant }

var methodsOfInstant = []string{http.MethodPost}

func (instantProvider) Verify(providers.Request) (providers.Proof, error) {
	return providers.Proof{Fingerprint: "0a1b2c3d"}, nil
}

func (p instantProvider) Decode(providers.Request, providers.Proof) *usersync.Delivery {
	return p.delivery
}

type instantSink struct{}

func (instantSink) Submit(context.Context, *usersync.Delivery) (usersync.Outcome, error) {
	return usersync.OutcomeApplied, nil
}

// What a delivery of 550 bytes over a connection that is kept costs beside its proof,
// its meaning and the database, its log line in a file included. cpu-ns/op is that of the
// process, so the client's write and read are in it; the client allocates nothing.
func BenchmarkDelivery(b *testing.B) {
	for _, connections := range []int{1, 64} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) { benchmarkDelivery(b, connections) })
	}
}

func benchmarkDelivery(b *testing.B, connections int) {
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	lines := linewriter.New(log)
	defer lines.Close()
	addr := startInstantSite(b, zerolog.New(lines).Level(zerolog.InfoLevel).With().Timestamp().Logger())
	body := "user" + strings.Repeat(" ", 546)
	request := fmt.Appendf(nil, "POST /webhooks/acme HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Authon-Timestamp: 2026-01-01T00:00:00.000Z\r\nX-Authon-Signature: v1=%064d\r\nAccept: */*\r\nUser-Agent: node\r\nContent-Length: %d\r\n\r\n%s", 1, len(body), body)
	conns := make([]net.Conn, connections)
	for i := range conns {
		if conns[i], err = net.Dial("tcp", addr); err != nil {
			b.Fatal(err)
		}
		defer conns[i].Close()
		deliverAgain(b, conns[i], request, 20)
	}
	b.ReportAllocs()
	b.ResetTimer()
	before := processorTime(b)
	var senders sync.WaitGroup
	for i, conn := range conns {
		count := b.N / connections
		if i < b.N%connections {
			count++
		}
		senders.Go(func() { deliverAgain(b, conn, request, count) })
	}
	senders.Wait()
	b.StopTimer()
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// startInstantSite starts a public listener and returns its address.
func startInstantSite(b *testing.B, log zerolog.Logger) string {
	b.Helper()
	delivery := &usersync.Delivery{Commands: []usersync.Command{{UserKey: usersync.UserKey{Provider: "acme", UserID: "u"}, Kind: usersync.KindUpdated}}}
	metrics, health := handlers.NewMetrics("test", pulse.New(time.Now)), handlers.NewHealth()
	metrics.Providers([]string{"acme"})
	w := handlers.NewWebhooks(handlers.Options{
		Sink: instantSink{}, Metrics: metrics,
		Endpoints: map[string]handlers.Endpoint{"acme": {Provider: instantProvider{delivery: delivery}}},
	})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- handlers.Serve(ctx, health, handlers.Binding{Server: handlers.NewServer("public", handlers.NewPublic(w, health, log), log), Listener: l})
	}()
	b.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			b.Error(err)
		}
	})
	return l.Addr().String()
}

var taken = []byte(http.StatusText(http.StatusOK) + "\r\n")

// deliverAgain sends the request again and again. An answer comes as one packet.
func deliverAgain(b *testing.B, conn net.Conn, request []byte, count int) {
	answer := make([]byte, 4<<10)
	for range count {
		if _, err := conn.Write(request); err != nil {
			b.Error(err)
			return
		}
		n, err := conn.Read(answer)
		if err != nil || !bytes.Contains(answer[:n], taken) || !bytes.HasSuffix(answer[:n], []byte("}")) {
			b.Errorf("%s %v", answer[:n], err)
			return
		}
	}
}

// processorTime is what the process has used, in nanoseconds.
func processorTime(b *testing.B) int64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return used.Utime.Nano() + used.Stime.Nano()
}
