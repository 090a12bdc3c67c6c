package spool

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	usersync "usersync/sync"
)

// ledger is what a test knows about its requests.
type ledger struct {
	mu       sync.Mutex
	appended map[string]bool // tried
	acked    map[string]bool
	done     map[string]bool // said to be done, or about to be
}

func newLedger() *ledger {
	return &ledger{appended: map[string]bool{}, acked: map[string]bool{}, done: map[string]bool{}}
}

func (l *ledger) append(s *Spool, id string, r *rand.Rand) error {
	l.mu.Lock()
	l.appended[id] = true
	l.mu.Unlock()
	err := s.Append(context.Background(), requestNamed(id, r.IntN(300)))
	if err == nil {
		l.mu.Lock()
		l.acked[id] = true
		l.mu.Unlock()
	}
	return err
}

func requestNamed(id string, more int) *usersync.Verified {
	return &usersync.Verified{Provider: "p", ReceivedAt: 1, Headers: map[string]string{"Id": id}, Body: make([]byte, more)}
}

// judge returns what a faultless drain has to complain about, given what it
// handed out.
func (l *ledger) judge(handed map[string]bool) (faults []string) {
	for id := range l.acked {
		if !l.done[id] && !handed[id] {
			faults = append(faults, id+" was acknowledged and is gone")
		}
	}
	for id := range handed {
		if !l.appended[id] {
			faults = append(faults, id+" was never appended")
		}
	}
	return faults
}

func TestPowerCuts(t *testing.T) {
	t.Parallel()
	cuts, acked, moved := 0, 0, uint64(0)
	for seed := range uint64(50) {
		disk := newFaultyDisk(seed)
		r := rand.New(rand.NewPCG(seed, 2))
		book := newLedger()
		for round := range 20 {
			disk.cutAt = disk.ops + 1 + r.IntN(150)
			moved += untilCut(t, disk, book, fmt.Sprintf("%d-%d", seed, round), r)
			disk = disk.afterCut()
			cuts++
			handed := map[string]bool{}
			if _, err := walkAll(disk, func(record []byte) error {
				v, err := decode(content(record))
				handed[v.Headers["Id"]] = true
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if faults := book.judge(handed); len(faults) > 0 {
				t.Fatalf("seed %d, round %d: %q", seed, round, faults)
			}
		}
		acked += len(book.acked)
		s, err := open(disk, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if left, err := s.Drain(t.Context(), 50, everythingDone); left != 0 || err != nil {
			t.Fatal(left, err)
		}
		if st := s.Stats(); st.Records != 0 || st.Segments != 0 {
			t.Fatalf("what is left after all was done: %+v", st)
		}
	}
	if cuts != 1000 || acked < 5*cuts || moved == 0 {
		t.Errorf("%d cuts, %d requests acknowledged, %d moved: too few to mean something", cuts, acked, moved)
	}
	t.Logf("%d power cuts, %d acknowledged, %d moved, 0 missing", cuts, acked, moved)
}

func everythingDone(_ context.Context, batch []usersync.Verified) ([]bool, error) {
	done := make([]bool, len(batch))
	for i := range done {
		done[i] = true
	}
	return done, nil
}

// untilCut appends and drains until the power goes, and returns how many requests were
// moved meanwhile.
func untilCut(t *testing.T, disk *faultyDisk, book *ledger, name string, r *rand.Rand) (moved uint64) {
	// Of segments that are small for what they may be, what stays is gathered.
	s, err := open(disk, Options{SegmentBytes: []int64{1500, 12_000}[r.IntN(2)], MinFree: -1})
	if err != nil {
		return 0 // the power went
	}
	var appenders, drainer sync.WaitGroup
	more := make(chan struct{}, 1) // something is there to be drained
	for w := range 4 {
		own := rand.New(rand.NewPCG(r.Uint64(), 3))
		appenders.Go(func() {
			for i := 0; book.append(s, fmt.Sprintf("%s-%d-%d", name, w, i), own) == nil; i++ {
				select {
				case more <- struct{}{}:
				default:
				}
			}
		})
	}
	own := rand.New(rand.NewPCG(r.Uint64(), 4))
	drainer.Go(func() {
		for range more {
			if _, err := s.Drain(t.Context(), 1+own.IntN(20), func(_ context.Context, batch []usersync.Verified) ([]bool, error) {
				done := make([]bool, len(batch))
				book.mu.Lock()
				defer book.mu.Unlock()
				for i, v := range batch {
					if done[i] = own.IntN(4) > 0; done[i] {
						book.done[v.Headers["Id"]] = true
					}
				}
				return done, nil
			}); err != nil {
				return
			}
		}
	})
	appenders.Wait()
	close(more)
	drainer.Wait()
	return s.Stats().Moved
}
