package main

import (
	"context"
	"fmt"
	"strings"

	"usersync/internal/config"
	"usersync/models"
)

// checkSchema looks at the migrations and, once they are applied, at the grants and at
// what others have made of our tables.
func checkSchema(ctx context.Context, c *config.Config, db *models.DB) []finding {
	steps, err := db.Migrations(ctx)
	if err != nil {
		name := "migrations"
		if refusedWith(err, "42501") { // may not even use our schema
			name = "grants"
		}
		return []finding{failed(name, err.Error(), adviceFor(c.Database, err))}
	}
	pending := 0
	for _, s := range steps {
		if !s.Applied {
			pending++
		}
	}
	if pending == 0 {
		findings := []finding{checkNewer(ctx, db), checkGrants(ctx, db)}
		return append(findings, checkTables(ctx, c, db)...)
	}
	var findings []finding
	if !steps[0].Applied {
		if err := db.Foreign(ctx); err != nil {
			findings = append(findings, failed("users table", err.Error(), "database.users_table: auth_users"))
		}
	}
	return append(findings, checkPending(ctx, c, db, pending))
}

// checkNewer tells of a program that is older than the schema.
func checkNewer(ctx context.Context, db *models.DB) finding {
	switch version, err := db.Newer(ctx); {
	case err != nil:
		return failed("migrations", err.Error(), "")
	case version > 0:
		return warned("migrations", fmt.Sprintf("a newer usersync has made the schema version %d: this one may not know what it asks for", version), "upgrade usersync here as well")
	default:
		return fine("migrations", "up to date")
	}
}

// checkPending tells who applies the migrations, and whether this role may.
func checkPending(ctx context.Context, c *config.Config, db *models.DB, pending int) finding {
	missing, err := db.MissingRights(ctx)
	switch {
	case err != nil:
		return failed("migrations", err.Error(), "")
	case len(missing) > 0:
		return failed("migrations", fmt.Sprintf("%d pending, and this role may not apply them: it lacks %s", pending, strings.Join(missing, ", ")), migrateHint)
	case !c.Database.Migrate:
		return failed("migrations", fmt.Sprintf("%d pending", pending), "run `usersync migrate up`")
	default:
		return fine("migrations", fmt.Sprintf("%d pending: serve will apply them", pending))
	}
}

func checkGrants(ctx context.Context, db *models.DB) finding {
	missing, err := db.MissingGrants(ctx)
	switch {
	case err != nil:
		return failed("grants", err.Error(), "")
	case len(missing) > 0:
		return failed("grants", "missing "+strings.Join(missing, ", "), grantsHint)
	}
	// What only the owner may is done without, or in another way.
	if s, ok, err := db.Server(ctx); err == nil && ok && !s.MakesPartitions {
		return fine("grants", "complete; the tables belong to another role, so old events are deleted in batches, not by partitions")
	}
	return fine("grants", "complete")
}

// checkTables looks at what the migrations made, and what others made of it.
func checkTables(ctx context.Context, c *config.Config, db *models.DB) []finding {
	var findings []finding
	for _, part := range []struct {
		name, healthy string
		look          func(context.Context) ([]models.Symptom, error)
	}{
		{"columns", "columns, constraints, triggers, row security and the view are as they were made", db.TableSymptoms},
		{"indexes", "all there and valid, and none that makes updates dear", db.IndexSymptoms},
	} {
		found, err := part.look(ctx)
		if err != nil {
			findings = append(findings, failed(part.name, err.Error(), adviceFor(c.Database, err)))
			continue
		}
		if len(found) == 0 {
			findings = append(findings, fine(part.name, part.healthy))
		}
		findings = append(findings, symptomatic(found)...)
	}
	return findings
}
