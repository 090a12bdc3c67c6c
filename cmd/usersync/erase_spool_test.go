package main

import (
	"strings"
	"testing"

	usersync "usersync/sync"
)

// What waits in a spool about somebody who was erased meanwhile is dropped when it
// is drained; the spool is empty afterwards.
func TestErasedUsersInASpool(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		dir := leftBehind(t, 60)
		for _, user := range []string{"left_7", "left_8"} {
			if result := daemon.erase("authara", user); result.Row != usersync.RowAbsent || result.Removed.Events != 0 {
				t.Errorf("%+v", result)
			}
		}
		if code, out, errs := daemon.run("spool", "drain", "--dir", dir); code != exitOK || !strings.Contains(out, "60 requests") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
		if code, out, _ := daemon.run("spool", "status", "--dir", dir, "--json"); code != exitOK || !strings.Contains(out, `"requests":0`) {
			t.Errorf("exit code %d\n%s", code, out)
		}
		db := daemon.inspect()
		users, err := db.Users(t.Context())
		events, failed := db.ProcessedEvents(t.Context())
		if err != nil || failed != nil || len(users) != 58 || len(events) != 58 {
			t.Errorf("%d users, %d events, %v %v", len(users), len(events), err, failed)
		}
		for _, u := range users {
			if u.ProviderUserID == "left_7" || u.ProviderUserID == "left_8" {
				t.Errorf("%s is back", u.ProviderUserID)
			}
		}
	})
}
