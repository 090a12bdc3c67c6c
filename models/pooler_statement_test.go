package models_test

import (
	"errors"
	"strings"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// Whatever begins a transaction behind a pooler that knows none says so, and what to do.
func TestPoolerInStatementMode(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	db := connect(t, (&pooler{servers: 1, single: true}).start(t, server), models.Options{MaxConnections: 1})
	_, migrating := db.Migrate(t.Context())
	if !errors.Is(migrating, models.ErrMigrate) {
		t.Errorf("%v is no error of a migration", migrating)
	}
	direct := connect(t, server, models.Options{})
	if schemas := models.QueryForTest(t, direct, "SELECT nspname FROM pg_namespace WHERE nspname = 'usersync'"); len(schemas) != 0 {
		t.Error("a migration that could not be begun made a schema")
	}
	if _, err := direct.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, erasing := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u"}, storetest.Base)
	for name, err := range map[string]error{"migrate": migrating, "apply": applyOne(t, db, user("u")), "erase": erasing} {
		if err == nil || !strings.Contains(err.Error(), "a pooler in statement mode") || !strings.Contains(err.Error(), "pool_mode = transaction") ||
			strings.Contains(err.Error(), "bad connection") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if seen, err := db.Pooler(t.Context()); err != nil || seen.Mode() != models.PoolerStatement {
		t.Errorf("%+v, %v", seen, err)
	}
}
