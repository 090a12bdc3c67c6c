package usersync_test

import (
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// joiner is a rule for merging; the law must hold for the real one and fail
// for wrong ones.
type joiner func(a, b usersync.State) usersync.State

// lawful reports whether one history, received in order and received
// permuted, regrouped, repeated and through the database's form, ends in the
// same State under the given rule.
func lawful(s storetest.Source, join joiner) (ordered, shuffled usersync.State, ok bool) {
	commands := storetest.History(s, 1, 1+s.IntN(12))
	facts := make([]usersync.State, len(commands))
	for i := range commands {
		facts[i] = usersync.Facts(&commands[i])
		ordered = join(ordered, facts[i])
	}
	for range s.IntN(4) { // repetitions
		facts = append(facts, facts[s.IntN(len(facts))])
	}
	for i := len(facts) - 1; i > 0; i-- { // permutation
		j := s.IntN(i + 1)
		facts[i], facts[j] = facts[j], facts[i]
	}
	for len(facts) > 1 { // regrouping: neighbours merge first, anywhere
		i := s.IntN(len(facts) - 1)
		merged := join(facts[i], facts[i+1])
		if s.IntN(3) == 0 {
			merged = stored(merged)
		}
		facts[i] = merged
		facts = append(facts[:i+1], facts[i+2:]...)
	}
	shuffled = join(facts[0], facts[0])
	a, b := usersync.Project(&ordered), usersync.Project(&shuffled)
	return ordered, shuffled, ordered.Equal(shuffled) && a.Equal(&b)
}

// stored sends a state through the form in which a row keeps it.
func stored(s usersync.State) usersync.State {
	view := usersync.Project(&s)
	view.Columns[usersync.FieldMetadata] = usersync.Value{} // is not read back
	back, err := usersync.DecodeState(usersync.EncodeState(nil, &s), &view)
	if err != nil {
		panic(err)
	}
	return back
}

// histories is how many random histories the law is tried on.
func histories(t *testing.T) int {
	if text := os.Getenv("USERSYNC_HISTORIES"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	return 120_000
}

func TestAnyOrderAnyGroupingAnyRepetitionEndTheSame(t *testing.T) {
	t.Parallel()
	workers := runtime.GOMAXPROCS(0)
	each := histories(t)/workers + 1
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for i := range each {
				seed := uint64(w)<<32 | uint64(i)
				if a, b, ok := lawful(rand.New(rand.NewPCG(seed, 1)), usersync.Join); !ok {
					t.Errorf("history %d:\n in order %+v\n shuffled %+v", seed, a, b)
					return
				}
			}
		})
	}
	wait.Wait()
	t.Logf("%d histories", each*workers)
}

// The same law, with a generator that shrinks a counterexample.
func TestMergeLawShrinking(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		if a, b, ok := lawful(drawn{t}, usersync.Join); !ok {
			t.Fatalf("in order %+v\nshuffled %+v", a, b)
		}
	})
}

// drawn lets rapid make the choices of a history.
type drawn struct{ t *rapid.T }

func (d drawn) IntN(n int) int { return rapid.IntRange(0, n-1).Draw(d.t, "choice") }

// The property is only worth something if it catches rules that look right.
func TestWrongRulesAreCaught(t *testing.T) {
	t.Parallel()
	latest := func(a, b usersync.State) usersync.Micros {
		var at usersync.Micros
		for _, s := range []usersync.State{a, b} {
			for _, r := range s.Registers {
				at = max(at, r.Stamp.At)
			}
		}
		return at
	}
	wrong := map[string]joiner{
		"the last to arrive wins": func(a, b usersync.State) usersync.State {
			for f, r := range b.Registers {
				if r.Value.Present() {
					a.Registers[f] = r
				}
			}
			return a
		},
		"the newest event wins as a whole": func(a, b usersync.State) usersync.State {
			if latest(b, b) >= latest(a, a) {
				return b
			}
			return a
		},
		"times alone decide, later arrival wins ties": func(a, b usersync.State) usersync.State {
			for f, r := range b.Registers {
				if r.Value.Present() && r.Stamp.At >= a.Registers[f].Stamp.At {
					a.Registers[f] = r
				}
			}
			return a
		},
		"stamps without the value as the last tie-break": func(a, b usersync.State) usersync.State {
			for f, r := range b.Registers {
				if r.Value.Present() && (!a.Registers[f].Value.Present() || r.Stamp.Compare(a.Registers[f].Stamp) >= 0) {
					a.Registers[f] = r
				}
			}
			if a.Floor.Compare(b.Floor) < 0 {
				a.Floor = b.Floor
			}
			return usersync.Join(a, usersync.State{})
		},
		"a floor that drops only what is known already": func(a, b usersync.State) usersync.State {
			floor := a.Floor
			a.Floor = usersync.Stamp{}
			bare := b
			bare.Floor = usersync.Stamp{}
			joined := usersync.Join(a, bare)
			if floor.Compare(b.Floor) < 0 {
				floor = b.Floor
				joined = usersync.Join(joined, usersync.State{Floor: floor})
			}
			joined.Floor = floor
			return joined
		},
	}
	for name, rule := range wrong {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for seed := range uint64(20_000) {
				if _, _, ok := lawful(rand.New(rand.NewPCG(seed, 2)), rule); !ok {
					t.Logf("caught by history %d", seed)
					return
				}
			}
			t.Error("not caught")
		})
	}
}
