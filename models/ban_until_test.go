package models_test

import (
	"slices"
	"testing"
	"time"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// told is what an event says of the end of a ban: until when it holds, or, for
// 0, that there is none.
func told(id string, at, until usersync.Micros) usersync.Command {
	c := usersync.Command{UserKey: usersync.UserKey{Provider: "p", UserID: id}, EventID: "e" + at.Time().String(), Kind: usersync.KindUpdated, OccurredAt: at, Access: usersync.AccessCleared}
	if until > 0 {
		c.Access = usersync.AccessBanned
		c.Fields[usersync.FieldSuspendedUntil] = usersync.TimeValue(until)
	}
	return c
}

// A ban that has an end holds in users, ends in active_users by the clock of the
// database, and is over for good once an event says so.
func TestABanEndsByTheClock(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const second = usersync.Micros(1e6)
		now := usersync.MicrosOf(time.Now())
		if err := applyOne(t, db, told("soon", now, now+3*second), told("late", now, now+86400*second)); err != nil {
			t.Fatal(err)
		}
		// One statement sees one moment: whether the end has passed, and whether the user is back.
		moment := "SELECT CASE WHEN suspended_until <= now() THEN 'over' ELSE 'banned' END"
		if db.Dialect() == models.SQLite {
			moment = "SELECT CASE WHEN suspended_until <= strftime('%Y-%m-%dT%H:%M:%f000Z', 'now') THEN 'over' ELSE 'banned' END"
		}
		moment += " || CASE WHEN EXISTS (SELECT 1 FROM active_users a WHERE a.id = users.id) THEN ' active' ELSE ' not' END || CASE WHEN suspended THEN ' suspended' ELSE '' END FROM users WHERE provider_user_id = "
		for patience := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
			got := models.QueryForTest(t, db, moment+"'soon'")
			if slices.Equal(got, []string{"over active suspended"}) {
				break
			}
			if !slices.Equal(got, []string{"banned not suspended"}) || time.Now().After(patience) {
				t.Fatalf("the user is %q", got)
			}
		}
		if got := models.QueryForTest(t, db, moment+"'late'"); !slices.Equal(got, []string{"banned not suspended"}) {
			t.Errorf("the other one is %q", got)
		}
		if err := applyOne(t, db, told("late", now+second, 0)); err != nil {
			t.Fatal(err)
		}
		if got := models.QueryForTest(t, db, moment+"'late'"); !slices.Equal(got, []string{"banned active"}) { // there is no end any more
			t.Errorf("then the other one is %q", got)
		}
	})
}

// Whichever order the events arrive in, the last word is that of the last one.
func TestBansUntilArriveInAnyOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		const hour = usersync.Micros(3600e6)
		far := usersync.MicrosOf(time.Now()) + 1000*hour
		said := []usersync.Micros{far, far + hour, 0}
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			for _, last := range []int{3, 2} { // all of them, or without the one that lifts the ban
				id := string(rune('a'+order[0])) + string(rune('a'+order[1])) + string(rune('0'+last))
				for _, i := range order {
					if i >= last {
						continue
					}
					if err := applyOne(t, db, told(id, storetest.Base+usersync.Micros(i)*hour, said[i])); err != nil {
						t.Fatal(err)
					}
				}
				want := []string{"suspended"}
				if last == 3 {
					want = []string{"back"}
				}
				got := models.QueryForTest(t, db, "SELECT CASE WHEN suspended AND suspended_until IS NOT NULL THEN 'suspended' WHEN NOT suspended AND suspended_until IS NULL THEN 'back' ELSE 'neither' END FROM users WHERE provider_user_id = '"+id+"'")
				if !slices.Equal(got, want) {
					t.Errorf("%s is %q, want %q", id, got, want)
				}
				active := models.QueryForTest(t, db, "SELECT provider_user_id FROM active_users WHERE provider_user_id = '"+id+"'")
				if (len(active) == 1) != (last == 3) {
					t.Errorf("%s in active_users: %q", id, active)
				}
			}
		}
	})
}
