package usersync_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// unreliable is a store that fails at random, before the commit or after it, and
// for whole times at a stretch.
type unreliable struct {
	*storetest.Memory
	mu     sync.Mutex
	random *rand.Rand
	down   bool
	faults int
}

var errLost = errors.New("the connection was lost")

func (u *unreliable) chance(percent int) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	hit := u.down || u.random.IntN(100) < percent
	if hit {
		u.faults++
	}
	return hit
}

func (u *unreliable) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	if u.chance(5) {
		return nil, errLost
	}
	stood, err := u.Memory.Update(ctx, lock, decide)
	if err == nil && u.chance(5) {
		return nil, errLost // committed, and nobody is told
	}
	return stood, err
}

// A sender that never repeats anything, a database that comes and goes, commits
// of which nobody is told: all that was acknowledged is there in the end, and
// every row is the fold of what was said.
func TestASenderThatNeverRepeatsLosesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(5) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			store := &unreliable{Memory: storetest.NewMemory(), random: rand.New(rand.NewPCG(seed, 5))}
			s := newSafe(t, &gate{Memory: store.Memory}, &pile{})
			engine := storetest.Engine(s.breaker.Watch(store))
			s.drainer.Engine = storetest.Engine(store)
			s.drainer.Probe = func(context.Context) error {
				if store.chance(5) {
					return errLost
				}
				return nil
			}
			s.intake.Batcher = usersync.NewBatcher(engine, roomy())
			defer s.intake.Batcher.Close()
			stop := s.run()
			defer stop()

			commands := storetest.History(random, 20, 600)
			outcomes := map[usersync.Outcome]int{}
			var mu sync.Mutex
			var wait sync.WaitGroup
			for i := range commands {
				if i%100 == 50 {
					store.mu.Lock()
					store.down = !store.down
					store.mu.Unlock()
				}
				wait.Go(func() {
					outcome, err := s.submit(&usersync.Delivery{Commands: commands[i : i+1]})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					outcomes[outcome]++
				})
				time.Sleep(time.Duration(random.IntN(200)) * time.Millisecond)
			}
			wait.Wait()
			store.mu.Lock()
			store.down = false
			store.mu.Unlock()
			for range 1000 {
				if s.size() == 0 && s.breaker.Away() == nil {
					break
				}
				time.Sleep(time.Second)
			}
			if s.size() != 0 {
				t.Fatalf("%d stay in the spool", s.size())
			}
			rows := store.Rows()
			for key, state := range storetest.Fold(commands) {
				row, want := rows[key], usersync.Project(&state)
				if !row.View.Equal(&want) {
					t.Errorf("seed %d, %v:\n got %+v\nwant %+v", seed, key, row.View, want)
				}
			}
			if outcomes[usersync.OutcomeSpooled] == 0 || outcomes[usersync.OutcomeApplied] == 0 || store.faults < 20 {
				t.Errorf("%v, %d faults: the test shows nothing", outcomes, store.faults)
			}
		})
	}
}
