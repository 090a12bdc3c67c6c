package models_test

import (
	"slices"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

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
