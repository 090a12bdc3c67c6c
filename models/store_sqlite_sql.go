package models

import (
	"strings"

	usersync "usersync/sync"
)

// sqliteSQL holds the statements of the store. Those that write take one row each: in
// one process there is no round trip to save, and a prepared statement costs microseconds.
// The one that reads users takes all of them: the driver asks for the names and types of
// the columns with each query.
type sqliteSQL struct {
	insert, read, lookup, show, showKept, state, claim, bury, run, ask, post, someErased, erased, erasureKey string
}

// all lists the statements in the order of sqlitePrepared.all.
func (s sqliteSQL) all() []string {
	return []string{"BEGIN IMMEDIATE", "BEGIN", "COMMIT", "ROLLBACK", checkpointMove, checkpointLook,
		s.insert, s.read, s.lookup, s.show, s.showKept, s.state, s.claim, s.bury, s.run, s.ask, s.post, s.someErased, s.erased, s.erasureKey}
}

func newSQLiteSQL(names tables) sqliteSQL {
	var read, set, kept, columns []string
	for f := range usersync.NumColumns {
		columns = append(columns, f.String())
		if f == usersync.FieldMetadata {
			// The state has the document's hash; the document itself is
			// never read, and only written when it changed.
			set = append(set, "metadata = CASE WHEN ? THEN ? ELSE metadata END")
			kept = append(kept, "metadata = CASE WHEN ? THEN ? ELSE metadata END")
			continue
		}
		read = append(read, "u."+f.String())
		set = append(set, f.String()+" = ?")
		if f != usersync.FieldEmail {
			kept = append(kept, f.String()+" = ?")
		}
	}
	const key = "occurred_at, provider, event_id, provider_user_id"
	return sqliteSQL{
		insert: "INSERT INTO " + names.Users + " (id, provider, provider_user_id, created_at, updated_at, " + strings.Join(columns, ", ") +
			", suspended, deleted_at, sync_state) VALUES (?" + strings.Repeat(", ?", 7+len(columns)) + ")",
		// CROSS JOIN keeps the order of the loops: each id is looked up in the key.
		read:     "SELECT wanted.key, " + strings.Join(read, ", ") + ", u.suspended, u.deleted_at, u.sync_state FROM json_each(?) AS wanted CROSS JOIN " + names.Users + " AS u ON u.id = wanted.value",
		lookup:   "SELECT 1 FROM " + names.Processed + " WHERE (" + key + ") = (?, ?, ?, ?)",
		show:     "UPDATE " + names.Users + " SET " + strings.Join(set, ", ") + ", suspended = ?, deleted_at = ?, sync_state = ?, updated_at = ? WHERE id = ?",
		showKept: "UPDATE " + names.Users + " SET " + strings.Join(kept, ", ") + ", suspended = ?, sync_state = ?, updated_at = ? WHERE id = ?",
		state:    "UPDATE " + names.Users + " SET sync_state = ? WHERE id = ?",
		claim:    "INSERT INTO " + names.Processed + " (" + key + ", kind, received_at, outcome, origin) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
		ask: "INSERT INTO " + names.Hydrations + ` AS h (provider, provider_user_id, due_at) VALUES (?, ?, ?)
ON CONFLICT DO UPDATE SET requests = h.requests + 1, due_at = CASE WHEN h.attempts = 0 THEN min(h.due_at, excluded.due_at) ELSE h.due_at END`,
		post:       "INSERT INTO " + names.Outbox + " (id, provider, provider_user_id, action, body, received_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
		someErased: "SELECT 1 FROM " + names.Erased + " LIMIT 1",
		erased:     "SELECT 1 FROM " + names.Erased + " WHERE key_hash = ?",
		erasureKey: "SELECT key FROM " + names.ErasureKey,
		run:        "UPDATE " + names.Runs + " SET cursor = ?, counts = ?, instant = ?, saved_at = ? WHERE id = ? AND owner = ?",
		bury: "INSERT INTO " + names.Letters + ` AS d (fingerprint, provider, event_id, provider_user_id, reason, detail, payload, headers, origin, first_seen_at, last_seen_at, seen, due_at)
SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?10, ?11, ?12
WHERE NOT ?13 OR EXISTS (SELECT 1 FROM ` + names.Letters + ` WHERE fingerprint = ?1)
ON CONFLICT (fingerprint) DO UPDATE SET
  headers = CASE WHEN excluded.seen > 0 THEN excluded.headers ELSE d.headers END,
  event_id = excluded.event_id, provider_user_id = excluded.provider_user_id, reason = excluded.reason, detail = excluded.detail,
  last_seen_at = CASE WHEN excluded.seen > 0 THEN max(d.last_seen_at, excluded.last_seen_at) ELSE d.last_seen_at END,
  seen = d.seen + excluded.seen, due_at = excluded.due_at`,
	}
}
