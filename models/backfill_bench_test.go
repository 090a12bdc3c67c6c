package models_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/pgtest"
	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

const (
	benchUsers = 100_000
	benchPage  = 1000
)

// benchList makes its pages in memory, so that only the writing is measured.
type benchList struct{ at usersync.Micros }

func (l benchList) Page(_ context.Context, cursor string) (usersync.Page, error) {
	number := 0
	if cursor != "" {
		if _, err := fmt.Sscan(cursor, &number); err != nil {
			return usersync.Page{}, err
		}
	}
	page := usersync.Page{}
	for i := number * benchPage; i < (number+1)*benchPage; i++ {
		page.Users = append(page.Users, benchUser(i, l.at))
	}
	if (number+1)*benchPage < benchUsers {
		page.Next = fmt.Sprint(number + 1)
	}
	return page, nil
}

func (benchList) After(cursor string) (string, bool) { return "", false }

func benchUser(i int, at usersync.Micros) usersync.Command {
	c := user(fmt.Sprintf("usr_%08d", i))
	c.EventID, c.Kind, c.Origin, c.OccurredAt = "", usersync.KindUpdated, usersync.OriginBackfill, at
	c.Access = usersync.AccessUnbanned
	c.Fields[usersync.FieldEmail] = usersync.TextValue(fmt.Sprintf("user%d@example.com", i))
	c.Fields[usersync.FieldEmailVerified] = usersync.BoolValue(true)
	c.Fields[usersync.FieldName] = usersync.TextValue(fmt.Sprintf("User %d", i))
	c.Fields[usersync.FieldTenantID] = usersync.TextValue("proj_1")
	c.Fields[usersync.FieldMetadata] = usersync.JSONValue(`{"plan":"pro"}`)
	c.Fields[usersync.FieldProviderCreatedAt] = usersync.TimeValue(storetest.Base)
	c.Fields[usersync.FieldProviderUpdatedAt] = usersync.TimeValue(storetest.Base)
	return c
}

// Users a second of a first backfill, of a second one with nothing new, and of
// a bare COPY of the same rows into the same table, side by side.
func BenchmarkBackfill(b *testing.B) {
	address := pgtest.New(b)
	db, err := models.Open(address, models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	conn, err := pgx.Connect(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(b.Context()))
	run := func(at usersync.Micros) time.Duration {
		began := time.Now()
		_, err := (&usersync.Backfill{Lister: benchList{at}, Engine: storetest.Engine(db.Store()), InFlight: 1}).Run(b.Context(), usersync.Run{})
		if err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	for b.Loop() {
		if _, err := conn.Exec(b.Context(), "TRUNCATE users"); err != nil {
			b.Fatal(err)
		}
		first := run(storetest.Base)
		second := run(storetest.Base + 1)
		rows, err := conn.Query(b.Context(), "SELECT * FROM users")
		if err != nil {
			b.Fatal(err)
		}
		var all [][]any
		for rows.Next() {
			values, err := rows.Values()
			if err != nil {
				b.Fatal(err)
			}
			all = append(all, values)
		}
		var names []string
		for _, f := range rows.FieldDescriptions() {
			names = append(names, f.Name)
		}
		if _, err := conn.Exec(b.Context(), "TRUNCATE users"); err != nil {
			b.Fatal(err)
		}
		began := time.Now()
		if _, err := conn.CopyFrom(b.Context(), pgx.Identifier{"users"}, names, pgx.CopyFromRows(all)); err != nil {
			b.Fatal(err)
		}
		bare := time.Since(began)
		b.ReportMetric(benchUsers/first.Seconds(), "first/s")
		b.ReportMetric(benchUsers/second.Seconds(), "again/s")
		b.ReportMetric(benchUsers/bare.Seconds(), "copy/s")
	}
}
