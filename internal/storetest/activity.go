package storetest

import (
	"fmt"
	"maps"
	"sync"
	"testing"

	usersync "usersync/sync"
)

// The greatest time that anybody noted is known to all, and so is when a provider was
// first watched.
func noted(t *testing.T, s Inspector) {
	note := func(at usersync.Micros, verified, want map[string]usersync.Micros) {
		t.Helper()
		got, err := s.NoteActivity(t.Context(), verified, Base+at)
		if err != nil || len(got) != len(want) {
			t.Fatalf("%+v, %v", got, err)
		}
		for name, verified := range want {
			if since := map[string]usersync.Micros{"p": 1, "q": 1, "r": 3}[name]; got[name] != (usersync.Activity{Since: Base + since, Verified: verified}) {
				t.Errorf("at %d %s: %+v, want %d", at, name, got[name], verified)
			}
		}
	}
	type times = map[string]usersync.Micros
	note(1, times{"p": 0, "q": Base}, times{"p": 0, "q": Base})
	note(2, times{"p": Base + 2, "q": 0}, times{"p": Base + 2, "q": Base})
	note(3, times{"p": Base + 1, "r": 0}, times{"p": Base + 2, "r": 0})
	note(4, times{"q": Base + 9}, times{"q": Base + 9})
	note(5, times{}, times{})
	note(6, times{"p": 0, "q": 0, "r": 0}, times{"p": Base + 2, "q": Base + 9, "r": 0})
}

// Replicas that note at one moment neither lose anything nor wait for each other in a
// circle.
func notedTogether(t *testing.T, s Inspector) {
	const replicas, rounds = 8, 10
	names := []string{"c", "a", "d", "b"}
	var wait sync.WaitGroup
	for n := range replicas {
		wait.Go(func() {
			for round := range rounds {
				verified := map[string]usersync.Micros{}
				for i, name := range names {
					if (i+n+round)%4 != 0 { // not all of them
						verified[name] = Base + usersync.Micros(round*replicas+n)
					}
				}
				known, err := s.NoteActivity(t.Context(), verified, Base)
				if err != nil {
					t.Error(err)
					return
				}
				for name, at := range verified {
					if known[name].Verified < at || known[name].Since != Base {
						t.Errorf("%s: %+v, want %d at least", name, known[name], at)
					}
				}
			}
		})
	}
	wait.Wait()
	want := map[string]usersync.Activity{}
	ask := map[string]usersync.Micros{}
	for i, name := range names {
		ask[name] = 0
		for n := range replicas {
			if (i+n+rounds-1)%4 != 0 {
				want[name] = usersync.Activity{Since: Base, Verified: Base + usersync.Micros((rounds-1)*replicas+n)}
			}
		}
	}
	if got, err := s.NoteActivity(t.Context(), ask, Base); err != nil || !maps.Equal(got, want) {
		t.Errorf("%+v, %v, want %+v", got, err, want)
	}
}

// Of many who claim a notice one has it, and nobody has it again.
func claimedOnce(t *testing.T, s Inspector) {
	const notices, replicas = 6, 8
	var mu sync.Mutex
	claims := map[string]int{}
	var wait sync.WaitGroup
	for range replicas {
		wait.Go(func() {
			for n := range notices {
				id := fmt.Sprint("silent p ", n)
				mine, err := s.ClaimNotice(t.Context(), id, Base)
				if err != nil {
					t.Error(err)
				}
				if mine {
					mu.Lock()
					claims[id]++
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	for id, count := range claims {
		if count != 1 {
			t.Errorf("%s was claimed %d times", id, count)
		}
		if mine, err := s.ClaimNotice(t.Context(), id, Base+1); err != nil || mine {
			t.Errorf("%s can be claimed again: %v", id, err)
		}
	}
	if len(claims) != notices {
		t.Errorf("%d claimed, want %d", len(claims), notices)
	}
	// Whoever could not send it leaves it to the next one.
	for _, id := range []string{"silent p 0", "nobody has it"} {
		if err := s.ReleaseNotice(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	for n, want := range []bool{true, false} {
		for range 2 {
			if mine, err := s.ClaimNotice(t.Context(), fmt.Sprint("silent p ", n), Base+2); err != nil || mine != want {
				t.Errorf("%d after a release: %v, %v", n, mine, err)
			}
			want = false
		}
	}
}
