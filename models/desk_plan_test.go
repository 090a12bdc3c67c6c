package models_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// readsAll matches plans that read a whole table, or sort all that they found. A search
// by e-mail sorts those of one address.
var readsAll = map[models.Dialect]*regexp.Regexp{
	models.Postgres: regexp.MustCompile(`Seq Scan|(?m)^ *(-> +)?Sort +\(`),
	models.SQLite:   regexp.MustCompile(`SCAN users\w*\n|USE TEMP B-TREE FOR ORDER BY|\(occurred_at>\? AND \(.*\)<[^L]*LAST 2 TERMS`),
}

// No look of an operator reads or sorts a whole table, whether it was ever analyzed or not.
func TestTheDeskReadsIndexes(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, db *models.DB) {
		manyEvents(t, db)
		engine := storetest.Engine(db.Store())
		if _, _, err := engine.ApplyPage(t.Context(), pageOf(0, 3000, ""), usersync.Run{}); err != nil {
			t.Fatal(err)
		}
		timed := usersync.Claim{ReceivedAt: storetest.Base + 900, ClaimKey: usersync.ClaimKey{OccurredAt: storetest.Base + 900, EventID: "e", UserKey: usersync.UserKey{Provider: "p", UserID: "u1"}}}
		untimed := timed
		untimed.OccurredAt = 0
		for _, analyzed := range []bool{false, true} {
			if analyzed {
				models.ExecForTest(t, db, "ANALYZE")
			}
			plans := map[string][]string{
				"events": models.PlansOfEventsForTest(t, db, usersync.EventScope{}, nil), "behind a timed one": models.PlansOfEventsForTest(t, db, usersync.EventScope{Provider: "none"}, &timed),
				"behind an untimed one": models.PlansOfEventsForTest(t, db, usersync.EventScope{UserID: "u1"}, &untimed),
				"census":                models.PlansOfCensusForTest(t, db),
			}
			for _, search := range []usersync.UserSearch{{}, {Text: "u1"}, {Provider: "p"}, {Provider: "p", Text: "u1"}, {Text: timed.ID().String()}, {Provider: "p", After: usersync.UserKey{Provider: "p", UserID: "u5"}}} {
				plans[fmt.Sprint("users ", search)] = models.PlansOfUsersForTest(t, db, search)
			}
			for name, all := range plans {
				for _, plan := range all {
					if byEmail := strings.Contains(plan, "lower(email)") || strings.Contains(plan, "users_email"); readsAll[db.Dialect()].MatchString(plan) && !byEmail {
						t.Errorf("analyzed %v, %s:\n%s", analyzed, name, plan)
					}
				}
			}
		}
	})
}
