package models_test

import (
	"strings"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// The roll is called by walking the primary key: a plan that sorts would sort
// all users for every call.
func TestTheRollIsCalledInTheOrderOfTheKey(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		engine := storetest.Engine(db.Store())
		if _, _, err := engine.ApplyPage(t.Context(), pageOf(0, 3000, ""), usersync.Run{}); err != nil {
			t.Fatal(err)
		}
		explain := "EXPLAIN "
		if db.Dialect() == models.SQLite {
			explain = "EXPLAIN QUERY PLAN "
		}
		plan := models.ExplainRollForTest(t, db, explain, "p", usersync.UUID{}.String(), 1000)
		if strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") {
			t.Error(plan)
		}
	})
}
