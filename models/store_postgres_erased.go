package models

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgtype"

	usersync "usersync/sync"
)

// Every transaction shares a lock that an erasure takes for itself. Once that has
// committed, whatever began before has ended and whatever begins later sees it: a
// row lock would not do, as there may be no row, and a COPY looks for none.
// The number is "usersync" in ASCII.
const (
	pgErasing      = `8463219666997309027`
	pgShareErasing = `pg_advisory_xact_lock_shared(` + pgErasing + `)`
)

// A statement sees what was committed when it began. So these stand behind the
// one that takes the lock, and not in it.
const (
	// As long as nobody was erased.
	pgSomeErased = `SELECT 1 FROM {{.Erased}} LIMIT 1`
	// The same where nothing is read before the COPY: it fails if somebody was.
	pgNoneErased = `SELECT 1 / (CASE WHEN EXISTS (SELECT FROM {{.Erased}}) THEN 0 ELSE 1 END)`
	// Afterwards.
	pgErased = `SELECT v.ord FROM unnest($1::bytea[]) WITH ORDINALITY AS v (key_hash, ord)
WHERE EXISTS (SELECT FROM {{.Erased}} e WHERE e.key_hash = v.key_hash)`

	pgErasureKey = `SELECT key FROM {{.ErasureKey}}`
)

// errErasures ends a transaction that took nobody to be erased, because somebody
// is: it is begun anew with the key.
var errErasures = errors.New("somebody was erased")

// queueErased looks up who of the users was erased.
func (s *postgresStore) queueErased(trip *pgBatch, lock usersync.Lock, key *erasureKey, known *usersync.Known) {
	if key == nil {
		trip.queue(s.sql.someErased, func([][]byte) error { return errErasures })
		return
	}
	known.Mentioned = make([]bool, len(lock.Mentioned))
	hasher := key.hasher()
	hashes := newArray(pgtype.ByteaOID, len(lock.Users)+len(lock.Mentioned))
	for _, u := range lock.Users {
		hashes.bytes(hasher.of(u))
	}
	for _, u := range lock.Mentioned {
		hashes.bytes(hasher.of(u))
	}
	trip.queue(s.sql.erased, func(row [][]byte) error {
		n := int(binary.BigEndian.Uint64(row[0])) - 1
		if n < len(lock.Users) {
			known.Users[n].Erased = true
		} else {
			known.Mentioned[n-len(lock.Users)] = true
		}
		return nil
	}, hashes)
}

// someErased reports whether any of the users is.
func someErased(known usersync.Known) bool {
	for i := range known.Users {
		if known.Users[i].Erased {
			return true
		}
	}
	for _, erased := range known.Mentioned {
		if erased {
			return true
		}
	}
	return false
}

// learnErasures reads the key, once and for all: that somebody was erased never
// ends. It returns an error that passes.
func (s *postgresStore) learnErasures(ctx context.Context) error {
	err := s.onConnection(ctx, func(session *pgSession) error {
		session.naming = false // it is asked once
		trip := session.batch()
		var key erasureKey
		trip.queue(s.sql.erasureKey, func(row [][]byte) error {
			key = append(key, row[0]...)
			return nil
		})
		if _, err := trip.run(ctx); err != nil {
			return beforeCommit(session.conn, err)
		}
		if key == nil {
			return errNoErasureKey
		}
		s.erasing.Store(&key)
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the key of erased users: %w", err)
	}
	return &lostRace{errErasures}
}
