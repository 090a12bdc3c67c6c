package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"

	"usersync/models"
)

const (
	// naiveSample is how many users are upserted one by one.
	naiveSample = 2000
	// gormBatch is how many users GORM upserts by one statement. A row has 22
	// parameters, so that 2 978 is the most that fits into one.
	gormBatch = 1000
)

// rivals are what a backfill is measured against.
type rivals struct {
	conn *pgx.Conn
	orm  *gorm.DB
	kept string // a file with all rows in the binary form of COPY
}

func newRivals(b *testing.B, databaseURL string) *rivals {
	b.Helper()
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	r := &rivals{kept: filepath.Join(b.TempDir(), "users.copy")}
	if r.conn, err = pgx.Connect(b.Context(), databaseURL); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = r.conn.Close(context.WithoutCancel(b.Context())) })
	if r.orm, err = gorm.Open(postgres.Open(databaseURL), &gorm.Config{Logger: logger.Discard}); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if pool, err := r.orm.DB(); err == nil {
			_ = pool.Close()
		}
	})
	return r
}

func (r *rivals) exec(b *testing.B, sql string) {
	b.Helper()
	if _, err := r.conn.Exec(b.Context(), sql); err != nil {
		b.Fatal(err)
	}
}

// keep writes all rows to a file, in the order in which they stand.
func (r *rivals) keep(b *testing.B) {
	b.Helper()
	file, err := os.Create(r.kept)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	buffered := bufio.NewWriterSize(file, 1<<20)
	if _, err := r.conn.PgConn().CopyTo(b.Context(), buffered, "COPY users TO STDOUT BINARY"); err != nil {
		b.Fatal(err)
	}
	if err := buffered.Flush(); err != nil {
		b.Fatal(err)
	}
}

// copy writes the kept rows into the empty table by one COPY: the file is sent
// as it is, so this is all the server's work.
func (r *rivals) copy(b *testing.B) time.Duration {
	b.Helper()
	r.exec(b, "TRUNCATE users")
	file, err := os.Open(r.kept)
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	began := time.Now()
	if _, err := r.conn.PgConn().CopyFrom(b.Context(), io.Reader(file), "COPY users FROM STDIN BINARY"); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

// naive upserts a sample of the users one by one into the empty table.
func (r *rivals) naive(b *testing.B) time.Duration {
	b.Helper()
	var sample []models.User
	if err := r.orm.Table("users").Limit(naiveSample).Find(&sample).Error; err != nil {
		b.Fatal(err)
	}
	r.exec(b, "TRUNCATE users")
	began := time.Now()
	for i := range sample {
		if err := r.orm.Table("users").Clauses(clause.OnConflict{UpdateAll: true}).Create(&sample[i]).Error; err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}

// batches upserts all rows into the empty table by GORM, a batch in a transaction.
// Their values are read before each batch, which does not count.
func (r *rivals) batches(b *testing.B, size int) (took time.Duration) {
	b.Helper()
	r.exec(b, "DROP TABLE IF EXISTS users_kept; CREATE TABLE users_kept AS TABLE users; ALTER TABLE users_kept ADD PRIMARY KEY (id); TRUNCATE users")
	defer r.exec(b, "DROP TABLE users_kept")
	for last := "00000000-0000-0000-0000-000000000000"; ; {
		var users []models.User
		if err := r.orm.Table("users_kept").Where("id > ?", last).Order("id").Limit(size).Find(&users).Error; err != nil {
			b.Fatal(err)
		}
		if len(users) == 0 {
			return took
		}
		last = users[len(users)-1].ID
		began := time.Now()
		err := r.orm.Table("users").Clauses(clause.OnConflict{UpdateAll: true}).CreateInBatches(users, size).Error
		if err != nil {
			b.Fatal(err)
		}
		took += time.Since(began)
	}
}
