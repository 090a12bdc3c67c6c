package fakeprovider

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func noon() time.Time { return time.Date(2026, 5, 1, 12, 0, 0, 123_456_789, time.UTC) }

func TestGeneratedUsersAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	one, other := NewPopulation(1000, nil), NewPopulation(1000, nil)
	seen := map[string]bool{}
	banned, unverified := 0, 0
	for user := range one.All() {
		twin, ok := other.Get(user.ID)
		if !ok || fmt.Sprint(twin) != fmt.Sprint(user) {
			t.Fatalf("got %v and %v", user, twin)
		}
		if seen[user.ID] || seen[user.Email] {
			t.Fatalf("%s stands there twice", user.ID)
		}
		seen[user.ID], seen[user.Email] = true, true
		if user.Banned() {
			banned++
		}
		if !user.Verified {
			unverified++
		}
	}
	if len(seen) != 2000 || banned != 20 || unverified != 142 {
		t.Errorf("got %d ids and e-mails, %d banned, %d unverified", len(seen), banned, unverified)
	}
	for range one.All() {
		break // a walk may end early
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	p := NewPopulation(10, noon)
	user, err := p.Add(User{Email: "new@example.com", ExternalID: "app-1"})
	if err != nil || user.ID != "usr_added0000010" || user.Status != Active ||
		!user.Created.Equal(noon().Truncate(time.Millisecond)) || !user.Updated.Equal(user.Created) {
		t.Fatalf("got %+v, %v", user, err)
	}
	if user, err = p.Ban("usr_0000003", "abuse"); err != nil || !user.Banned() || user.BanReason != "abuse" || !user.Updated.Equal(noon().Truncate(time.Millisecond)) {
		t.Fatalf("got %+v, %v", user, err)
	}
	if user, err = p.Unban("usr_0000003"); err != nil || user.Banned() || user.BanReason != "" {
		t.Fatalf("got %+v, %v", user, err)
	}
	dated := noon().Add(time.Hour)
	user, err = p.Update("usr_0000004", func(u *User) { u.ID, u.Updated = "another", dated })
	if err != nil || user.ID != "usr_0000004" || !user.Updated.Equal(dated) {
		t.Fatalf("got %+v, %v", user, err)
	}
	if err := p.Delete("usr_0000003"); err != nil {
		t.Fatal(err)
	}
	if _, ok := p.Get("usr_0000003"); ok || p.Len() != 10 {
		t.Errorf("the deleted user is there, or %d are not 10", p.Len())
	}
	if user, err = p.Add(User{ID: "usr_0000003", ExternalID: "app-2"}); err != nil || p.Len() != 11 {
		t.Errorf("signing up again: %+v, %v, %d users", user, err, p.Len())
	}
}

func TestRefusedChanges(t *testing.T) {
	t.Parallel()
	p := NewPopulation(3, noon)
	if _, err := p.Add(User{ID: "b", ExternalID: "app-1"}); err != nil {
		t.Fatal(err)
	}
	_, sameID := p.Add(User{ID: "usr_0000001"})
	_, sameExternal := p.Add(User{ExternalID: "app-1"})
	_, movedExternal := p.Update("usr_0000001", func(u *User) { u.ExternalID = "app-1" })
	for _, err := range []error{sameID, sameExternal, movedExternal} {
		if !errors.Is(err, ErrTaken) {
			t.Errorf("got %v, want %v", err, ErrTaken)
		}
	}
	_, unknown := p.Ban("nobody", "")
	if err := p.Delete("usr_0000002"); err != nil {
		t.Fatal(err)
	}
	_, gone := p.Unban("usr_0000002")
	for _, err := range []error{unknown, gone, p.Delete("nobody"), p.Delete("usr_0000002"), p.Delete("usr_0000003")} {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("got %v, want %v", err, ErrUnknown)
		}
	}
	if err := p.Delete("b"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Add(User{ExternalID: "app-1"}); err != nil {
		t.Errorf("a deleted user's external id is free: %v", err)
	}
}

// TestPages compares the listing with a plain slice of ids, whatever was added
// and deleted.
func TestPages(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 12).Draw(t, "n")
		p := NewPopulation(n, noon)
		var plain []string
		for user := range p.All() {
			plain = append(plain, user.ID)
		}
		for range rapid.IntRange(0, 10).Draw(t, "changes") {
			if len(plain) > 0 && rapid.Bool().Draw(t, "delete") {
				i := rapid.IntRange(0, len(plain)-1).Draw(t, "which")
				id := plain[i]
				if err := p.Delete(id); err != nil {
					t.Fatal(err)
				}
				plain = slices.Delete(plain, i, i+1)
				rows, ok := p.after(id, len(plain), false, nil)
				check(t, ok, rows, plain[i:])
				rows, ok = p.after(id, len(plain), true, nil)
				check(t, ok, rows, reversed(plain[:i]))
				continue
			}
			user, err := p.Add(User{})
			if err != nil {
				t.Fatal(err)
			}
			plain = append(plain, user.ID)
		}
		offset := rapid.IntRange(0, 15).Draw(t, "offset")
		limit := rapid.IntRange(0, 15).Draw(t, "limit")
		check(t, true, p.page(offset, limit, false), window(plain, offset, limit))
		check(t, true, p.page(offset, limit, true), window(reversed(plain), offset, limit))
		if len(plain) > 0 {
			i := rapid.IntRange(0, len(plain)-1).Draw(t, "after")
			rows, ok := p.after(plain[i], limit, false, nil)
			check(t, ok, rows, window(plain, i+1, limit))
			rows, ok = p.after(plain[i], limit, true, nil)
			check(t, ok, rows, window(reversed(plain[:i]), 0, limit))
		}
		if p.Len() != len(plain) {
			t.Fatalf("%d users, want %d", p.Len(), len(plain))
		}
	})
}

func check(t *rapid.T, ok bool, rows []row, want []string) {
	var got []string
	for _, row := range rows {
		got = append(got, row.user.ID)
	}
	if !ok || !slices.Equal(got, want) {
		t.Fatalf("got %v, %v, want %v", got, ok, want)
	}
}

func window(ids []string, offset, limit int) []string {
	from := min(offset, len(ids))
	return ids[from:min(from+limit, len(ids))]
}

func reversed(ids []string) []string {
	ids = slices.Clone(ids)
	slices.Reverse(ids)
	return ids
}

func TestPopulationIsSharedByGoroutines(t *testing.T) {
	t.Parallel()
	p := NewPopulation(1000, nil)
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				id := idPrefix + pad(worker*100+i)
				if _, err := p.Ban(id, ""); err != nil {
					t.Error(err)
				}
				if err := p.Delete(id); err != nil {
					t.Error(err)
				}
				if _, err := p.Add(User{}); err != nil {
					t.Error(err)
				}
				p.page(i, 10, true)
			}
		})
	}
	group.Wait()
	if p.Len() != 1000 {
		t.Errorf("%d users, want 1000", p.Len())
	}
}
