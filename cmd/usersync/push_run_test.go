package main

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"usersync/internal/fakeprovider"
	"usersync/models"
	usersync "usersync/sync"
)

// Of two pushes at once one is refused, and nobody is made twice.
func TestPushRefusesASecond(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		const users = 30
		site := newPushSite(t, "authon", databaseURL, 0)
		site.write(t, "users.csv", manyUsers(users, false))
		site.push(t, "authon", "--dry-run") // the database is migrated
		proceed := make(chan struct{})      // nobody is made before the others have ended
		site.through(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				<-proceed
			}
			site.api.ServeHTTP(w, r)
		})
		var crowd sync.WaitGroup
		var codes [3]int
		var errs [3]string
		var ended atomic.Int64
		for i := range codes {
			crowd.Go(func() {
				codes[i], _, errs[i] = site.push(t, "authon")
				if ended.Add(1) == int64(len(codes)-1) {
					close(proceed)
				}
			})
		}
		crowd.Wait()
		refused := 0
		for i := range codes {
			if codes[i] == exitFailed && strings.Contains(errs[i], "if it was killed, go on with --take-over") {
				refused++
			}
		}
		if made := site.api.Counts().Requests[fakeprovider.Create]; refused != len(codes)-1 || made != users {
			t.Errorf("%d users were made of %d, %d pushes refused\n%q", made, users, refused, errs)
		}
		// The one that has ended stands in nobody's way.
		if code, results, errs := site.push(t, "authon"); code != exitOK || len(results) != users {
			t.Errorf("exit code %d: %s", code, errs)
		}
	})
}

// Whoever is taken over from stops.
func TestPushThatIsTakenOverStops(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		site := newPushSite(t, "authon", databaseURL, 0)
		site.write(t, "users.csv", manyUsers(60, true))
		// The first one creates its first user until the second one is about.
		creating, both := make(chan struct{}), make(chan struct{})
		var asked atomic.Int64 // since then
		site.through(t, func(w http.ResponseWriter, r *http.Request) {
			switch create := r.Method == http.MethodPost; {
			case create && asked.CompareAndSwap(0, 1):
				close(creating)
				<-both
			case asked.Load() > 0 && asked.Add(1) == 2:
				close(both)
			}
			site.api.ServeHTTP(w, r)
		})
		first := make(chan string, 1)
		go func() {
			_, _, errs := site.push(t, "authon", "--concurrency", "1")
			first <- errs
		}()
		<-creating
		_, _, errs := site.push(t, "authon", "--take-over")
		if lost := <-first; !strings.Contains(lost, "another usersync has gone on with this run") {
			t.Errorf("%s\nthe first: %s", errs, lost)
		}
		// What both were about at the same moment has failed for one of them.
		if code, _, errs := site.push(t, "authon"); code != exitOK {
			t.Errorf("exit code %d: %s", code, errs)
		}
		if site.api.Users().Len() != 60 || len(site.rows(t)) != 60 {
			t.Errorf("%d users, %d rows", site.api.Users().Len(), len(site.rows(t)))
		}
	})
}

// A push that was interrupted at one account begins anew at another.
func TestPushElsewhereBeginsAnew(t *testing.T) {
	t.Parallel()
	site := newPushSite(t, "authon", databaseURLs["sqlite"](t), 5)
	trouble := site.api.Inject(fakeprovider.Trouble{Fault: fakeprovider.Forbidden, Match: func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/usr_0000003") }})
	site.write(t, "users.csv", "id,name\nusr_0000001,A\nusr_0000002,B\nusr_0000003,C\n")
	if _, results, errs := site.push(t, "authon", "--concurrency", "1"); len(results) != 2 {
		t.Fatalf("%+v\n%s", results, errs)
	}
	trouble.Remove()
	other := newPushSite(t, "authon", site.db, 5)
	other.file = site.file
	site.through(t, other.api.ServeHTTP)
	if code, results, errs := site.push(t, "authon"); code != exitOK || shortResults(results) != "2 updated, 3 updated, 4 updated" {
		t.Errorf("exit code %d: %+v\n%s", code, results, errs)
	}
	if pushSource("a", "f") == pushSource("b", "f") || pushSource("a", "f") == pushSource("a", "g") || pushSource("a", "") != "" {
		t.Error("sources are not told apart")
	}
}

// A run is begun by one only, of whatever source, until nothing was heard of it
// for long enough.
func TestBeginFree(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		db, err := models.Open(databaseURL, models.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		if _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		begin := func(source string, at usersync.Micros) (run usersync.Run, resumed, free bool) {
			t.Helper()
			run, resumed, free, err := db.BeginFree(t.Context(), usersync.RunKey{Kind: runPush, Provider: "p", Source: source}, false, 60, at)
			if err != nil {
				t.Fatal(err)
			}
			return run, resumed, free
		}
		first, _, free := begin("a", 1000)
		if !free {
			t.Fatal("nobody is about it")
		}
		if _, _, free = begin("b", 1059); free {
			t.Error("two at once, of two files")
		}
		if err := db.Runs().Alive(t.Context(), first, 1050); err != nil {
			t.Fatal(err)
		}
		if _, _, free = begin("a", 1109); free {
			t.Error("it was heard of")
		}
		second, resumed, free := begin("a", 1110)
		if !free || !resumed || second.ID != first.ID {
			t.Errorf("%+v, %v %v", second, resumed, free)
		}
		if err := db.Runs().Alive(t.Context(), first, 1111); !errors.Is(err, usersync.ErrRunTaken) {
			t.Error(err)
		}
		if err := db.Runs().End(t.Context(), second, usersync.RunFailed, 1112); err != nil {
			t.Fatal(err)
		}
		if _, resumed, free = begin("a", 1113); !resumed || !free {
			t.Error("one that has failed is gone on with at once")
		}
	})
}

// What was written wins over all that had been heard before, by whatever clock,
// as it does for the app.
func TestPushUnbansRightAfterABan(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		const id = "usr_0000001"
		s.event("authon", "user.banned", id, time.Now().Add(5*time.Second))
		if _, err := s.authon.Users().Ban(id, "x"); err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "users.csv")
		// The second line has to know of the first, whose row is not there yet.
		if err := os.WriteFile(file, []byte("id,suspended,name\n"+id+",false,First\n"+id+",,Second\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out, errs := runProgram(t, "push", "authon", "--file", file, "--config", s.configFile)
		if row := s.rows()[0]; code != exitOK || row.Suspended || *row.Name != "Second" {
			t.Errorf("exit code %d: %+v\n%s%s", code, row, out, errs)
		}
	})
}

// Two lines that name one user differently write one after the other: the row
// ends as the provider's user.
func TestPushOfOneUserUnderTwoNames(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		s := newAppSite(t, databaseURL, nil)
		var text strings.Builder
		text.WriteString("id,email,name\n")
		for i := range 10 {
			id := fmt.Sprintf("usr_%07d", i)
			user, _ := s.authon.Users().Get(id)
			s.event("authon", "user.updated", id, time.Now().Add(time.Minute))
			fmt.Fprintf(&text, "%s,,Zoe\n,%s,Ann\n", id, user.Email)
		}
		file := filepath.Join(t.TempDir(), "users.csv")
		if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		if code, out, errs := runProgram(t, "push", "authon", "--file", file, "--config", s.configFile); code != exitOK {
			t.Errorf("exit code %d: %s%s", code, out, errs)
		}
		for _, row := range s.rows() {
			if user, _ := s.authon.Users().Get(row.ProviderUserID); *row.Name != user.Name {
				t.Errorf("the row has %s, the provider %s", *row.Name, user.Name)
			}
		}
	})
}
