package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/pgtest"
	"usersync/internal/spool"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// How fast 100 000 spooled events of all providers are drained, beside applying
// the same events without a spool: the difference is reading and decoding.
func BenchmarkDrain(b *testing.B) {
	const events, users = 100_000, 20_000
	c := benchProviders(b)
	requests := make([]usersync.Verified, events)
	names := providers.Signable()
	base := time.Now().Add(-time.Minute)
	for i := range requests {
		name := names[i%len(names)]
		header, body, err := c[name].Build("user.created", providers.Sample{
			UserID: fmt.Sprint("u", i%users), EventID: fmt.Sprint("e", i), Email: "a@example.com", Time: base.Add(time.Duration(i) * time.Millisecond / 100),
		})
		if err != nil {
			b.Fatal(err)
		}
		r := providers.Request{Header: header, Body: body, ReceivedAt: time.Now()}
		proof, err := c[name].Verify(r)
		if err != nil {
			b.Fatal(err)
		}
		requests[i] = c[name].Decode(r, proof).Verified
	}
	for dialect, url := range map[string]func() string{
		"postgres": func() string { return pgtest.New(b) },
		"sqlite":   func() string { return "sqlite:" + filepath.Join(b.TempDir(), "x.db") },
	} {
		b.Run(dialect, func(b *testing.B) {
			var drain, bare time.Duration
			for range b.N {
				drain += drainAll(b, benchStore(b, url), c, requests)
				bare += applyAll(b, benchStore(b, url), c, requests)
			}
			b.ReportMetric(float64(events*b.N)/drain.Seconds(), "drained/s")
			b.ReportMetric(bare.Seconds()/drain.Seconds(), "×bare")
			b.ReportMetric(0, "ns/op")
		})
	}
}

func drainAll(b *testing.B, db *models.DB, c map[string]*providers.Provider, requests []usersync.Verified) time.Duration {
	b.Helper()
	s, err := spool.Open(filepath.Join(b.TempDir(), "spool"), spool.Options{MinFree: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	const appenders = 256 // share the fsyncs
	var wait sync.WaitGroup
	for a := range appenders {
		wait.Go(func() {
			for i := a; i < len(requests); i += appenders {
				if err := s.Append(context.Background(), &requests[i]); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wait.Wait()
	drainer := usersync.NewDrainer(usersync.Drainer{
		Spool: s, Engine: newEngine(db, zerolog.Nop()), Probe: db.Ping,
		Read: func(v *usersync.Verified) *usersync.Delivery { return reread(c, v, usersync.OriginSpool) },
	})
	began := time.Now()
	if left, err := drainer.Drain(context.Background(), func(int) {}); err != nil || left != 0 {
		b.Fatal(left, err)
	}
	return time.Since(began)
}

func applyAll(b *testing.B, db *models.DB, c map[string]*providers.Provider, requests []usersync.Verified) time.Duration {
	b.Helper()
	deliveries := make([]*usersync.Delivery, len(requests))
	for i := range requests {
		deliveries[i] = reread(c, &requests[i], usersync.OriginLive)
	}
	engine := newEngine(db, zerolog.Nop())
	began := time.Now()
	for len(deliveries) > 0 {
		batch := deliveries[:min(512, len(deliveries))]
		deliveries = deliveries[len(batch):]
		for _, r := range engine.Apply(context.Background(), batch) {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
	}
	return time.Since(began)
}

func benchProviders(b *testing.B) map[string]*providers.Provider {
	b.Helper()
	text := "providers:\n"
	for _, name := range providers.Signable() {
		text += fmt.Sprintf("  %s: {type: %s, secrets: [%s]}\n", name, name, testSecretOf(b, name, name))
	}
	file := filepath.Join(b.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	c, err := config.Load(config.Options{File: file, NeedProviders: true})
	if err != nil {
		b.Fatal(err)
	}
	return c.Built
}

func benchStore(b *testing.B, url func() string) *models.DB {
	b.Helper()
	db, err := models.Open(url(), models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	if _, err := db.Migrate(context.Background()); err != nil {
		b.Fatal(err)
	}
	return db
}
