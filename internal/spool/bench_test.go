package spool

import (
	"context"
	"fmt"
	"sync"
	"testing"

	usersync "usersync/sync"
)

func benchmarked(b *testing.B, o Options) *Spool {
	b.Helper()
	o.MinFree, o.MaxBytes = -1, 1<<40
	s, err := Open(b.TempDir(), o)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func webhook() *usersync.Verified {
	return &usersync.Verified{
		Provider: "authon", ReceivedAt: 1_700_000_000_000_000,
		Headers: map[string]string{"X-Event": "user.updated", "X-Timestamp": "1700000000"}, Body: make([]byte, 549),
	}
}

// BenchmarkAppend has 64 writers on a real disk; "alone" lets each of them have
// an fsync to itself.
func BenchmarkAppend(b *testing.B) {
	for _, alone := range []bool{false, true} {
		b.Run(fmt.Sprintf("alone=%v", alone), func(b *testing.B) {
			s := benchmarked(b, Options{})
			var turn sync.Mutex
			b.ReportAllocs()
			next := make(chan struct{}, 64)
			var writers sync.WaitGroup
			for range 64 {
				writers.Go(func() {
					v := webhook()
					for range next {
						if alone {
							turn.Lock()
						}
						if err := s.Append(context.Background(), v); err != nil {
							b.Error(err)
						}
						if alone {
							turn.Unlock()
						}
					}
				})
			}
			for b.Loop() {
				next <- struct{}{}
			}
			close(next)
			writers.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "appends/s")
		})
	}
}

// BenchmarkDrain reads, hands out and removes; nothing is applied.
func BenchmarkDrain(b *testing.B) {
	const records = 20_000
	for b.Loop() {
		b.StopTimer()
		s := benchmarked(b, Options{})
		var writers sync.WaitGroup
		for range 64 {
			writers.Go(func() {
				v := webhook()
				for range records / 64 {
					if err := s.Append(context.Background(), v); err != nil {
						b.Error(err)
					}
				}
			})
		}
		writers.Wait()
		b.StartTimer()
		if left, err := s.Drain(context.Background(), 1000, everythingDone); left != 0 || err != nil {
			b.Fatal(left, err)
		}
	}
	b.ReportMetric(float64(b.N)*(records/64*64)/b.Elapsed().Seconds(), "records/s")
	b.ReportAllocs()
}
