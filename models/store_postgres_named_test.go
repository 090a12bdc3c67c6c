package models_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

const namesInUse = "SELECT name FROM pg_prepared_statements WHERE name LIKE 'usersync%'"

// applyAll applies an event about each of so many users, one transaction each.
func applyAll(t *testing.T, db *models.DB, prefix string, users int) {
	t.Helper()
	for i := range users {
		if err := applyOne(t, db, user(fmt.Sprint(prefix, i))); err != nil {
			t.Errorf("%s%d: %v", prefix, i, err)
		}
	}
}

// expectOnce looks that each user has one row and one claim.
func expectOnce(t *testing.T, db *models.DB, users int) {
	t.Helper()
	for _, table := range []string{"users", "usersync.processed_events"} {
		got := models.QueryForTest(t, db, "SELECT count(*) || ' of ' || count(DISTINCT provider_user_id) FROM "+table)
		if want := fmt.Sprint(users, " of ", users); got[0] != want {
			t.Errorf("%s has %s, want %s", table, got[0], want)
		}
	}
}

// Behind a pooler no statement has a name, straight on the server each has one.
func TestStatementsHaveNamesWhereNoPoolerIs(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		pooler *pooler
		names  bool
	}{
		"direct":           {nil, true},
		"session pooler":   {&pooler{servers: 1}, false},
		"transaction pool": {&pooler{servers: 2}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := pgtest.New(t)
			open(t, server, models.Options{MaxConnections: 1})
			through := server
			if way.pooler != nil {
				through = way.pooler.start(t, server)
			}
			db := connect(t, through, models.Options{MaxConnections: 1})
			applyAll(t, db, "u", 5)
			for range 2 { // once for each server
				if got := models.QueryForTest(t, db, namesInUse); (len(got) > 0) != way.names {
					t.Errorf("names: %q", got)
				}
			}
			expectOnce(t, db, 5)
		})
	}
}

// A pooler that tells the process id of a server is taken for none, until a name turns
// out to be unknown. Nothing is lost then, or applied twice.
func TestPoolerThatLooksLikeNone(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	open(t, server, models.Options{MaxConnections: 1})
	p := &pooler{servers: 3, honest: true}
	db := connect(t, p.start(t, server), models.Options{MaxConnections: 1})
	applyAll(t, db, "u", 12)
	expectOnce(t, db, 12)
	if p.refused.Load() == 0 {
		t.Error("no name was refused: the test proves nothing")
	}
	before := p.refused.Load()
	applyAll(t, db, "v", 6)
	if got := p.refused.Load(); got != before {
		t.Errorf("%d names more were refused: it does not learn", got-before)
	}
	expectOnce(t, db, 18)
}

// allUnseen is a store that takes all users to be new, as a backfill does after some pages.
type allUnseen struct{ usersync.Store }

func (s allUnseen) Update(ctx context.Context, lock usersync.Lock, decide func(usersync.Known) usersync.Changes) ([]bool, error) {
	lock.Unseen = true
	return s.Store.Update(ctx, lock, decide)
}

// A transaction that begins with a COPY looks anew whether statements have names, as any
// other does.
func TestCopyBehindAPoolerThatLooksLikeNone(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	open(t, server, models.Options{MaxConnections: 1})
	// More than attempts are made, so that none gets the server that knows the names.
	p := &pooler{servers: 12, honest: true}
	p.stays.Store(true)
	db := connect(t, p.start(t, server), models.Options{MaxConnections: 1})
	// The first asks, the second has names. That of COMMIT is made anew at the 32nd use.
	applyAll(t, db, "first", 18)
	p.stays.Store(false)
	if got := models.QueryForTest(t, db, namesInUse); len(got) == 0 {
		t.Fatal("no statement has a name: the test proves nothing")
	}
	if got := p.refused.Load(); got != 0 {
		t.Fatalf("%d names were refused before the COPY: the test proves nothing", got)
	}
	run, busy, err := storetest.Engine(allUnseen{db.Store()}).ApplyPage(t.Context(), copied(), usersync.Run{})
	if err != nil || busy || run.Counts.Changed != 300 {
		t.Fatalf("%+v, busy %v, %v", run, busy, err)
	}
	if p.refused.Load() == 0 {
		t.Error("no name was refused: the test proves nothing")
	}
	if got := models.QueryForTest(t, db, "SELECT count(*)::text FROM users"); got[0] != "318" {
		t.Errorf("%s users", got[0])
	}
}

// The text of a statement may be taken although the look at it fails: its name is known
// then, and nobody else has been there.
func TestNameOfAStatementThatWasParsedInPart(t *testing.T) {
	t.Parallel()
	server := pgtest.New(t)
	open(t, server, models.Options{MaxConnections: 1})
	p := &pooler{servers: 1, honest: true}
	db := connect(t, p.start(t, server), models.Options{MaxConnections: 1})
	applyAll(t, db, "u", 1)
	p.spoils.Store(true)
	if err := applyOne(t, db, user("v0")); err == nil {
		t.Fatal("it did not fail: the test proves nothing")
	}
	applyAll(t, db, "v", 3)
	if got := p.refused.Load(); got != 0 {
		t.Errorf("%d names were refused", got)
	}
	if got := models.QueryForTest(t, db, namesInUse); len(got) == 0 {
		t.Error("statements have no names any more")
	}
	expectOnce(t, db, 4)
}

// What an app and its operator change under statements that are parsed already does
// not disturb them.
func TestNamedStatementsOutliveChanges(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{MaxConnections: 1})
	changes := []string{
		"ALTER TABLE users ADD COLUMN app_note text DEFAULT 'none'",
		"CREATE INDEX app_index ON users (tenant_id)",
		"ANALYZE users",
		"DROP VIEW active_users",
		"ALTER TABLE users ALTER COLUMN email TYPE varchar(300)", // the type of a result
		"ALTER TABLE users DROP COLUMN app_note",
		"ALTER TABLE usersync.processed_events ADD COLUMN later text",
		"DEALLOCATE ALL",
	}
	applyAll(t, db, "u", 3)
	for i, change := range changes {
		if got := models.QueryForTest(t, db, namesInUse); len(got) == 0 {
			t.Fatalf("no statement has a name before %s", change)
		}
		models.ExecForTest(t, db, change)
		applyAll(t, db, fmt.Sprint("u", i, "_"), 3)
		for n := range 3 { // these are there already
			c := user(fmt.Sprint("u", n))
			c.EventID, c.OccurredAt = fmt.Sprint("later", i, n), c.OccurredAt+usersync.Micros(1+i)
			if err := applyOne(t, db, c); err != nil {
				t.Errorf("after %s: %v", change, err)
			}
		}
	}
	if got := models.QueryForTest(t, db, "SELECT count(*)::text FROM users"); got[0] != fmt.Sprint(3+3*len(changes)) {
		t.Errorf("%s users", got[0])
	}
}

// The plan that all values share goes by key, however large the tables are and whether
// or not they were ever analyzed, and looks at the partitions that it needs.
func TestGenericPlansGoByKey(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{MaxConnections: 1})
	makeWeeks(t, db, 3)
	look := func(when string) {
		t.Helper()
		for name, plan := range models.GenericPlansForTest(t, db) {
			lines := strings.Split(plan, "\n")
			for i, line := range lines {
				if i > 0 && strings.Contains(lines[i-1], "Limit") {
					continue // only whether there is one
				}
				if all := strings.Contains(line, "Index") && strings.Contains(line, "Scan") && !strings.Contains(lines[i+1], "Index Cond"); all || strings.Contains(line, "Seq Scan on") {
					t.Errorf("%s, %s:\n%s", when, name, plan)
				}
			}
		}
	}
	look("never analyzed")
	applyAll(t, db, "u", 2)
	look("never analyzed, two rows")
	for range 10 {
		models.ExecForTest(t, db, `INSERT INTO users (id, provider, provider_user_id, created_at, updated_at, sync_state)
SELECT gen_random_uuid(), 'p', gen_random_uuid(), now(), now(), '' FROM generate_series(1, 8)`)
	}
	models.ExecForTest(t, db, "ANALYZE")
	look("82 rows")
	models.ExecForTest(t, db, `INSERT INTO users (id, provider, provider_user_id, created_at, updated_at, sync_state)
SELECT gen_random_uuid(), 'p', 'many' || n, now(), now(), '' FROM generate_series(1, 20000) n`)
	models.ExecForTest(t, db, `INSERT INTO usersync.processed_events (occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin)
SELECT now() + n * interval '1 minute', 'p', 'e' || n, 'many' || n, 'user.updated', now(), 'applied', 'live' FROM generate_series(1, 20000) n`)
	look("large and never analyzed since")
	models.ExecForTest(t, db, "ANALYZE")
	look("large")
}

// The plan of a join that was made while the table was analyzed with a handful of rows
// reads all of them. It is not kept when the table grows, though nobody analyzes it. The
// statements for one row have no join: theirs go by key from the start.
func TestPlanOfASmallTableIsNotKept(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{MaxConnections: 1})
	makeWeeks(t, db, 1)
	applyAll(t, db, "u", 2)
	models.ExecForTest(t, db, "ANALYZE users")
	for name, plan := range models.GenericPlansForTest(t, db) {
		if strings.HasSuffix(name, " one") && strings.Contains(plan, "Scan using") && !strings.Contains(plan, "(id = ") {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
	engine, renamed := storetest.Engine(db.Store()), 0
	rename := func() {
		t.Helper()
		renamed++
		var batch []*usersync.Delivery
		for n := range 2 {
			c := user(fmt.Sprint("u", n))
			c.EventID, c.OccurredAt = fmt.Sprint("renamed", renamed, n), c.OccurredAt+usersync.Micros(renamed)
			c.Fields[usersync.FieldName] = usersync.TextValue(c.EventID)
			batch = append(batch, &usersync.Delivery{Commands: []usersync.Command{c}})
		}
		for _, r := range engine.Apply(t.Context(), batch) {
			if r.Err != nil || r.Outcome != usersync.OutcomeApplied {
				t.Fatalf("%+v", r)
			}
		}
	}
	rename()
	const update = "UPDATE %unnest%metadata%"
	byKey := func() (string, bool) {
		plan := models.PlanInForceForTest(t, db, update)
		return plan, strings.Contains(plan, "Index Cond: (id = v.id)")
	}
	if plan, good := byKey(); good {
		t.Errorf("the first plan goes by key, the test proves nothing:\n%s", plan)
	}
	models.ExecForTest(t, db, `INSERT INTO users (id, provider, provider_user_id, created_at, updated_at, sync_state)
SELECT gen_random_uuid(), 'p', 'many' || n, now(), now(), '' FROM generate_series(1, 2000) n`)
	rename()
	if plan, good := byKey(); !good {
		t.Errorf("after two uses:\n%s", plan)
	}
}

// A repetition of which the merge cannot tell that it is one, because the event says
// nothing of the user, is a duplicate all the same, and so is one of which it can.
func TestRepetitionThatTheMergeCannotTell(t *testing.T) {
	t.Parallel()
	db := open(t, pgtest.New(t), models.Options{MaxConnections: 1})
	makeWeeks(t, db, 2)
	engine := storetest.Engine(db.Store())
	told, thin := user("told"), user("thin")
	told.Fields[usersync.FieldEmail] = usersync.TextValue("told@x")
	thin.Kind = usersync.KindUpdated
	want := []usersync.Outcome{usersync.OutcomeApplied, usersync.OutcomeApplied}
	for try := range 3 {
		fresh := user(fmt.Sprint("fresh", try))
		batch := []*usersync.Delivery{{Commands: []usersync.Command{told}}, {Commands: []usersync.Command{thin}}, {Commands: []usersync.Command{fresh}}}
		results := engine.Apply(t.Context(), batch)
		for i, outcome := range append(want, usersync.OutcomeApplied) {
			if results[i].Err != nil || results[i].Outcome != outcome {
				t.Errorf("try %d, delivery %d: %+v, want %s", try, i, results[i], outcome)
			}
		}
		want = []usersync.Outcome{usersync.OutcomeDuplicate, usersync.OutcomeDuplicate}
	}
	for try := range 100 { // without one that the merge can tell
		results := engine.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{thin}}})
		if results[0].Err != nil || results[0].Outcome != usersync.OutcomeDuplicate {
			t.Fatalf("try %d: %+v", try, results[0])
		}
	}
	expectOnce(t, db, 5)
}
