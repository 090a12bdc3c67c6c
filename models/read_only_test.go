package models_test

import (
	"strings"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// A server that takes no writes is asked for none for long, and nobody else is blamed for it.
func TestReadOnlyServer(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	db := connect(t, roleOf(t, open(t, server, models.Options{}), server, "usersync_read_only_test", "SET default_transaction_read_only = on"), models.Options{})
	_, erasing := db.Eraser().Erase(t.Context(), usersync.UserKey{Provider: "p", UserID: "u"}, storetest.Base)
	for name, err := range map[string]error{"erase": erasing, "apply": applyOne(t, db, user("u")), "ask": db.TakesWrites(t.Context())} {
		if err == nil || !strings.Contains(err.Error(), "(SQLSTATE 25006)") || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: %v", name, err)
		}
	}
	onBoth(t, func(t *testing.T, db *models.DB) {
		if err := db.TakesWrites(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// A server that was asked and takes no writes is left for the one that does.
func TestWhoAsksFindsTheServerThatTakesWrites(t *testing.T) {
	t.Parallel()
	clusters, both := pair(t)
	db := connect(t, both, models.Options{MaxConnections: 2})
	models.FillForTest(t, db, 2, "SHOW transaction_read_only", "off")
	first := connect(t, clusters[0].URL(), models.Options{MaxConnections: 1})
	models.ExecForTest(t, first, "ALTER SYSTEM SET default_transaction_read_only = on")
	models.ExecForTest(t, first, "SELECT pg_reload_conf()")
	models.FillForTest(t, db, 2, "SHOW transaction_read_only", "on")
	if err := db.TakesWrites(t.Context()); err == nil {
		t.Error("the first still takes writes")
	}
	if err := db.TakesWrites(t.Context()); err != nil {
		t.Errorf("the second was not found: %v", err)
	}
}
