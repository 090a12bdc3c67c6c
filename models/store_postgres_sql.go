package models

import (
	"strconv"
	"strings"
	"text/template"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// postgresSQL holds the statements of the hot path, their text fixed at start.
type postgresSQL struct {
	begin, limits, create, lookup, copy, drop, claim, bury, run string

	read, look, absent, absentNoneErased, insert, show, state, claimNew pgText

	someErased, noneErased, erased, erasureKey string
}

// pgText is a statement over the rows of its arrays, and the same for one row, without
// arrays: there is no join, and a batch of one event costs the server a fifth less.
type pgText struct{ many, one string }

var oneRow = strings.NewReplacer("unnest(", "(SELECT ", "ANY ($1::uuid[])", "$1::uuid", "[]", "")

func textOf(many string) pgText { return pgText{many, oneRow.Replace(many)} }

// The settings hold for one transaction only: behind a pooler there is no
// session.
const pgLimits = `SELECT set_config('lock_timeout', '200ms', true), ` + pgNobodyHome + `,
` + pgByKey + `, ` + pgShareErasing

// Every statement finds its rows by key, but for a table that is small or was never
// analyzed, or for a large batch, the planner takes reading all of it for cheaper:
// during a first backfill each page would read the whole table, and a plan that is
// kept would go on reading it when it has grown. With these one plan suits all
// values and all sizes, so a statement with a name is planned once.
const pgByKey = `set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true),
set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
set_config('enable_material', 'off', true), set_config('random_page_cost', '0', true), set_config('seq_page_cost', '0', true)`

// pgNobodyHome ends a transaction whose client does not come back (a machine that
// was cut off): others wait for its locks, for hours if nobody ends it.
const pgNobodyHome = `set_config('idle_in_transaction_session_timeout', '5s', true)`

// pgTypeNames are the SQL names of the element types.
var pgTypeNames = map[uint32]string{
	pgtype.BoolOID:        "boolean",
	pgtype.TextOID:        "text",
	pgtype.TimestamptzOID: "timestamptz",
}

// A row that is missing cannot be locked; this makes it lockable. The order of
// the ids keeps two writers from waiting in a circle. Rows that are there are left out,
// because an insert would wait for whoever updates them.
const pgCreate = `INSERT INTO {{.Users}} (id, provider, provider_user_id, created_at, updated_at, sync_state)
SELECT v.id, v.provider, v.user_id, $4, $4, ''::bytea
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS v (id, provider, user_id)
WHERE NOT EXISTS (SELECT FROM {{.Users}} u WHERE u.id = v.id)
ORDER BY v.id
ON CONFLICT (id) DO NOTHING
RETURNING id`

// Rows that somebody else holds are left out: their events wait, the others
// do not. NO KEY UPDATE lets apps insert rows that refer to a user meanwhile.
const pgRead = pgLook + `
ORDER BY id FOR NO KEY UPDATE SKIP LOCKED`

const pgLook = `SELECT id, {{.Read}}, suspended, deleted_at, sync_state
FROM {{.Users}} WHERE id = ANY ($1::uuid[])`

// Only claims without a time are looked up: said in a constant, the planner needs
// to look at no other partition than theirs.
const pgLookup = `SELECT c.ord
FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS c (occurred_at, provider, event_id, user_id, ord)
WHERE EXISTS (SELECT FROM {{.Processed}} e
  WHERE e.occurred_at < '1971-01-01 00:00:00+00' AND (e.occurred_at, e.provider, e.event_id, e.provider_user_id) = (c.occurred_at, c.provider, c.event_id, c.user_id))`

const pgShow = `UPDATE {{.Users}} AS u SET
{{.Assignments}}, suspended = v.suspended, deleted_at = v.deleted_at, sync_state = v.sync_state, updated_at = {{.Now}}
FROM unnest({{.Arrays}}) AS v (id, {{.Columns}}, metadata_set, suspended, deleted_at, sync_state)
WHERE u.id = v.id`

const pgState = `UPDATE {{.Users}} AS u SET sync_state = v.sync_state
FROM unnest($1::uuid[], $2::bytea[]) AS v (id, sync_state)
WHERE u.id = v.id`

const pgDrop = `DELETE FROM {{.Users}} WHERE id = ANY ($1::uuid[])`

// Tells rows that are not there from rows that are held by somebody else.
const pgAbsent = `SELECT v.id FROM unnest($1::uuid[]) AS v (id) WHERE NOT EXISTS (SELECT FROM {{.Users}} u WHERE u.id = v.id)`

// pgAbsentNoneErased is pgAbsent and pgSomeErased in one.
const pgAbsentNoneErased = pgAbsent + `
UNION ALL (SELECT NULL FROM {{.Erased}} LIMIT 1)`

// No ON CONFLICT: if somebody else was faster, nothing of the transaction stays.
const pgInsert = `INSERT INTO {{.Users}} (id, provider, provider_user_id, {{.Columns}}, suspended, deleted_at, sync_state, created_at, updated_at)
SELECT v.id, v.provider, v.user_id, {{.Values}}, v.suspended, v.deleted_at, v.sync_state, {{.Now}}, {{.Now}}
FROM unnest({{.Arrays}}) AS v (id, {{.Columns}}, provider, user_id, suspended, deleted_at, sync_state)
ORDER BY v.id`

// pgCopyRows is pgInsert for many rows: no array has to be taken apart.
const pgCopyRows = `COPY {{.Users}} (id, provider, provider_user_id, {{.Columns}}, suspended, deleted_at, sync_state, created_at, updated_at) FROM STDIN BINARY`

// None of the claims stands: if one does, nothing of the transaction stays. This costs
// the server half of what it costs to look whether they do.
const pgClaimNew = `INSERT INTO {{.Processed}} (occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin)
SELECT c.* FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
  AS c (occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin)
ORDER BY c.occurred_at, c.provider, c.event_id, c.provider_user_id`

// Only the claims that stood already come back.
const pgClaim = `WITH c AS (
  SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[]) WITH ORDINALITY
    AS c (occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin, ord)
), made AS (
  INSERT INTO {{.Processed}} (occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin)
  SELECT occurred_at, provider, event_id, provider_user_id, kind, received_at, outcome, origin FROM c
  ORDER BY occurred_at, provider, event_id, provider_user_id
  ON CONFLICT DO NOTHING
  RETURNING occurred_at, provider, event_id, provider_user_id
)
SELECT c.ord FROM c WHERE (occurred_at, provider, event_id, provider_user_id) NOT IN (SELECT occurred_at, provider, event_id, provider_user_id FROM made)`

const pgBury = `INSERT INTO {{.Letters}} AS d (fingerprint, provider, event_id, provider_user_id, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen, due_at)
SELECT v.fingerprint, v.provider, v.event_id, v.user_id, v.reason, v.detail, v.payload, v.headers::jsonb, v.origin, v.seen_at, v.seen_at, v.seen, v.due_at
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[], $9::text[], $10::timestamptz[], $11::bigint[], $12::timestamptz[], $13::boolean[])
  AS v (fingerprint, provider, event_id, user_id, reason, detail, payload, headers, origin, seen_at, seen, due_at, kept)
WHERE NOT v.kept OR EXISTS (SELECT FROM {{.Letters}} k WHERE k.fingerprint = v.fingerprint FOR UPDATE)
ORDER BY v.fingerprint
ON CONFLICT (fingerprint) DO UPDATE SET
  headers = CASE WHEN excluded.seen > 0 THEN excluded.headers ELSE d.headers END,
  event_id = excluded.event_id, provider_user_id = excluded.provider_user_id, reason = excluded.reason, detail = excluded.detail,
  last_seen_at = CASE WHEN excluded.seen > 0 THEN greatest(d.last_seen_at, excluded.last_seen_at) ELSE d.last_seen_at END,
  seen = d.seen + excluded.seen, due_at = excluded.due_at`

const pgRun = `UPDATE {{.Runs}} AS r SET cursor = v.cursor, counts = v.counts::jsonb, instant = v.instant, saved_at = $6
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) AS v (id, owner, cursor, counts, instant)
WHERE r.id = v.id AND r.owner = v.owner
RETURNING r.id`

func newPostgresSQL(names tables) postgresSQL {
	columns := make([]string, usersync.NumColumns)
	var read []string
	assignments := make([]string, usersync.NumColumns)
	values := make([]string, usersync.NumColumns)
	arrays := []string{"$1::uuid[]"}
	parameter := func(element string) string { return "$" + strconv.Itoa(len(arrays)+1) + "::" + element + "[]" }
	for f := range usersync.NumColumns {
		columns[f] = f.String()
		assignments[f] = f.String() + " = v." + f.String()
		values[f] = "v." + f.String()
		if f == usersync.FieldMetadata {
			// The state has the document's hash; the document itself is
			// never read, and only sent when it changed.
			assignments[f] = "metadata = CASE WHEN v.metadata_set THEN v.metadata::jsonb ELSE u.metadata END"
			values[f] = "v.metadata::jsonb"
		} else {
			read = append(read, f.String())
		}
		arrays = append(arrays, parameter(pgTypeNames[elementOf(f)]))
	}
	// with completes the arrays of a statement, and Now is what comes after.
	with := func(elements ...string) (all, now string) {
		fields := arrays
		for _, element := range elements {
			arrays = append(arrays[:len(arrays):len(arrays)], parameter(element))
		}
		all, now = strings.Join(arrays, ", "), "$"+strconv.Itoa(len(arrays)+1)
		arrays = fields
		return all, now
	}
	data := struct {
		tables
		Columns, Read, Assignments, Values, Arrays, Now string
	}{tables: names, Columns: strings.Join(columns, ", "), Read: strings.Join(read, ", "), Assignments: strings.Join(assignments, ", "), Values: strings.Join(values, ", ")}
	text := func(source string, elements ...string) string {
		data.Arrays, data.Now = with(elements...)
		var out strings.Builder
		if err := template.Must(template.New("").Parse(source)).Execute(&out, data); err != nil {
			panic(err) // the texts above are constants
		}
		return out.String()
	}
	return postgresSQL{
		begin:  "BEGIN ISOLATION LEVEL READ COMMITTED",
		limits: pgLimits,
		create: text(pgCreate), read: textOf(text(pgRead)), look: textOf(text(pgLook)), lookup: text(pgLookup),
		absent: textOf(text(pgAbsent)), absentNoneErased: textOf(text(pgAbsentNoneErased)),
		insert: textOf(text(pgInsert, "text", "text", "boolean", "timestamptz", "bytea")),
		copy:   text(pgCopyRows),
		show:   textOf(text(pgShow, "boolean", "boolean", "timestamptz", "bytea")),
		state:  textOf(text(pgState)), drop: text(pgDrop),
		claimNew: textOf(text(pgClaimNew)), claim: text(pgClaim), bury: text(pgBury), run: text(pgRun),
		someErased: text(pgSomeErased), noneErased: text(pgNoneErased), erased: text(pgErased), erasureKey: text(pgErasureKey),
	}
}
