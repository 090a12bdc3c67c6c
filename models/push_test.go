package models_test

import (
	"slices"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// The runs of pushes and of backfills do not know each other.
func TestPushRunsAreTheirOwn(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		backfill, _, err := db.Runs().Begin(t.Context(), "p", false, storetest.Base)
		if err != nil {
			t.Fatal(err)
		}
		push, resumed, err := db.PushRuns().Begin(t.Context(), "p", false, storetest.Base)
		if err != nil || resumed || push.ID == backfill.ID {
			t.Errorf("%+v, %v, %v", push, resumed, err)
		}
		push.Cursor = `{"line":1}`
		if _, _, err := storetest.Engine(db.Store()).ApplyPage(t.Context(), usersync.Page{}, push); err != nil {
			t.Fatal(err)
		}
		if again, resumed, err := db.PushRuns().Begin(t.Context(), "p", false, storetest.Base); err != nil || !resumed || again.ID != push.ID || again.Cursor != push.Cursor {
			t.Errorf("%+v, %v, %v", again, resumed, err)
		}
		if again, resumed, err := db.Runs().Begin(t.Context(), "p", false, storetest.Base); err != nil || !resumed || again.ID != backfill.ID {
			t.Errorf("%+v, %v, %v", again, resumed, err)
		}
	})
}

func TestUserIDsByEmail(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		var commands []usersync.Command
		for id, email := range map[string]string{"b": "Ann@x", "a": "ann@X", "gone": "ann@x", "other": "joann@x"} {
			c := user(id)
			c.Fields[usersync.FieldEmail] = usersync.TextValue(email)
			commands = append(commands, c)
		}
		deleted := user("gone")
		deleted.Kind, deleted.EventID, deleted.OccurredAt = usersync.KindDeleted, "e_deleted", storetest.Base+1
		elsewhere := user("c")
		elsewhere.Provider = "q"
		elsewhere.Fields[usersync.FieldEmail] = usersync.TextValue("ann@x")
		commands = append(commands, deleted, elsewhere)
		if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Commands: commands}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		ids, err := db.UserIDsByEmail(t.Context(), "p", "aNN@x")
		if err != nil || !slices.Equal(ids, []string{"a", "b"}) {
			t.Errorf("%q, %v", ids, err)
		}
		if ids, err := db.UserIDsByEmail(t.Context(), "p", "ann"); err != nil || len(ids) != 0 {
			t.Errorf("%q, %v", ids, err)
		}
	})
}
