package main

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	usersync "usersync/sync"
)

// ids are the users of the table who are there.
func (s *windowSite) ids(t *testing.T) (ids []string) {
	t.Helper()
	for _, u := range s.backfillSite.users(t) {
		if u.DeletedAt == nil {
			ids = append(ids, u.ProviderUserID)
		}
	}
	slices.Sort(ids)
	return ids
}

// real are the users of the provider.
func (s *windowSite) real() (ids []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.users {
		ids = append(ids, u.ID)
	}
	slices.Sort(ids)
	return ids
}

// A list by windows, with tokens that end in its middle: backfill, backfill
// again, plan, apply, and nobody differs.
func TestBackfillAndReconcileByWindowsWithTokens(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const count = 230
		site := newWindowSite(t, databaseURL, count)
		code, result, errs := site.run(t, "tenant")
		if code != exitOK || result.Outcome != "complete" || result.Changed != count || result.Letters != 0 {
			t.Fatalf("exit code %d, %+v\n%s", code, result, errs)
		}
		if !slices.Equal(site.ids(t), site.real()) {
			t.Error("the rows are not the provider's users")
		}
		pages, tokens := site.asked()
		if least := pages / perToken; tokens < least || tokens > least+1 || least < 3 {
			t.Errorf("%d tokens for %d pages", tokens, pages)
		}
		if code, result, errs = site.run(t, "tenant"); code != exitOK || result.Changed != 0 {
			t.Errorf("again: exit code %d, %+v\n%s", code, result, errs)
		}
		site.elapse(laterOn)
		site.change("db|0003", func(u *windowUser) { u.Name = "Renamed" })
		site.change("db|0004", func(u *windowUser) { u.Blocked = true })
		site.now(func() {
			site.remove("db|0005")
			site.add("new")
		})
		code, plan, _, errs := site.reconcile(t, "tenant")
		if code != exitDrift || plan.Counts[usersync.DriftMissing] != 1 || plan.Counts[usersync.DriftGone] != 1 {
			t.Errorf("plan: exit code %d, %+v\n%s", code, plan, errs)
		}
		if code, applied, _, errs := site.reconcile(t, "tenant", "--apply"); code != exitOK || applied.Run.Gone != 1 || applied.Digest != plan.Digest {
			t.Errorf("apply: exit code %d, %+v\n%s", code, applied, errs)
		}
		if !slices.Equal(site.ids(t), site.real()) {
			t.Error("the rows are not the provider's users")
		}
		site.elapse(laterOn)
		if code, after, _, errs := site.reconcile(t, "tenant"); code != exitOK || after.Total() != 0 {
			t.Errorf("afterwards: exit code %d, %+v\n%s", code, after, errs)
		}
	})
}

// Users come and go while a reconcile lists: only those are deleted who are
// gone, and whoever was there all the time stays.
func TestReconcileByWindowsWhileUsersComeAndGo(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newWindowSite(t, databaseURL, 230)
		if code, _, errs := site.run(t, "tenant"); code != exitOK {
			t.Fatal(errs)
		}
		site.elapse(laterOn)
		site.meanwhile(func(s *windowSite, page int) {
			if page%3 == 0 && page < 20 {
				s.remove(fmt.Sprintf("db|%04d", page)) // they are behind: all others move up
				s.add(fmt.Sprintf("new%d", page))
			}
		})
		code, applied, _, errs := site.reconcile(t, "tenant", "--apply")
		if code != exitOK {
			t.Fatalf("exit code %d, %+v\n%s", code, applied, errs)
		}
		rows := site.ids(t)
		for _, id := range site.real() {
			if !slices.Contains(rows, id) {
				t.Errorf("%s is at the provider, and in no row", id)
			}
		}
		for _, u := range site.backfillSite.users(t) {
			if u.DeletedAt != nil && slices.Contains(site.real(), u.ProviderUserID) {
				t.Errorf("%s was deleted", u.ProviderUserID)
			}
		}
	})
}

// Killed in the middle of a window, a backfill goes on with exactly that page.
func TestBackfillByWindowsGoesOnAfterAKill(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newWindowSite(t, databaseURL, 230)
		reached, released := make(chan int), make(chan struct{})
		site.meanwhile(func(s *windowSite, page int) {
			if page == 9 {
				reached <- len(s.served)
				<-released
			}
		})
		cmd := command(t, "backfill", "tenant", "--config", site.config)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		served := <-reached
		await(t, "the pages in front to be written", func() bool { return len(site.ids(t)) == served })
		if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
		close(released)
		code, result, errs := site.run(t, "tenant")
		pages, _ := site.asked()
		if code != exitOK || !result.Resumed || result.Outcome != "complete" || pages != int(result.Pages)+1 || !slices.Equal(site.ids(t), site.real()) {
			t.Errorf("exit code %d, %+v, asked for %d pages\n%s", code, result, pages, errs)
		}
	})
}

// A key that the token endpoint refuses is told by its name, and not shown.
func TestATokenThatIsRefusedNamesTheKey(t *testing.T) {
	t.Parallel()
	site := newWindowSite(t, databaseURLs["sqlite"](t), 20)
	rewrite(t, site.config, func(text string) string { return strings.Replace(text, windowSecret, windowSecret+"_old", 1) })
	for _, words := range [][]string{{"backfill", "tenant"}, {"reconcile", "tenant"}, {"check"}} {
		code, out, errs := runProgram(t, append(words, "--config", site.config)...)
		if code == exitOK || !strings.Contains(out+errs, "api.key") || !strings.Contains(out+errs, "invalid_client") || strings.Contains(out+errs, windowSecret) {
			t.Errorf("%s: exit code %d\n%s%s", words, code, out, errs)
		}
	}
	if len(site.ids(t)) != 0 {
		t.Error("there are rows")
	}
}
