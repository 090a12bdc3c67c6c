package main

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// appSession is a session of the app's, or of an operator's, on a Postgres.
type appSession struct {
	t    *testing.T
	conn *pgx.Conn
}

// session connects directly, past every proxy.
func session(t *testing.T, databaseURL string) *appSession {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	s := &appSession{t, conn}
	t.Cleanup(s.close)
	return s
}

func (s *appSession) exec(statements ...string) {
	s.t.Helper()
	for _, statement := range statements {
		if _, err := s.conn.Exec(s.t.Context(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}

// count returns the single number of a statement.
func (s *appSession) count(statement string) (n int64) {
	s.t.Helper()
	if err := s.conn.QueryRow(s.t.Context(), statement).Scan(&n); err != nil {
		s.t.Fatalf("%s: %v", statement, err)
	}
	return n
}

func (s *appSession) close() { _ = s.conn.Close(s.t.Context()) }
