package pgbench

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"usersync/internal/pgtest"
)

func TestTransactionsAreOfTwoStatements(t *testing.T) {
	t.Parallel()
	const users = 50
	database := pgtest.New(t)
	result, err := Run(t.Context(), database, users, 2, 0, time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if result.EventsPerSecond <= 0 || result.P50 <= 0 || result.P99 < result.P50 {
		t.Errorf("%+v", result)
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var events, all, changed int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM pgbench_processed_events), count(*),
		count(*) FILTER (WHERE display_name LIKE 'Jane Roe _%') FROM pgbench_users`).Scan(&events, &all, &changed); err != nil {
		t.Fatal(err)
	}
	if events == 0 || all != users || changed == 0 || changed > events {
		t.Errorf("%d events, %d users, %d of them changed", events, all, changed)
	}
}

func TestLogsAreSummedUp(t *testing.T) {
	t.Parallel()
	// Four transactions, from second 10 to second 12.
	files := fstest.MapFS{
		"event.sql":       {Data: []byte("BEGIN;")},
		"pgbench_log.7":   {Data: []byte("0 1 500000 0 10 500000\n0 2 1000 0 11 0\n")},
		"pgbench_log.7.1": {Data: []byte("1 1 3000 0 11 0\n1 2 2000 0 12 0\n")},
	}
	for warmup, want := range map[time.Duration]Result{
		0:           {EventsPerSecond: 2, P50: 3000, P99: 500000},
		time.Second: {EventsPerSecond: 1, P50: 2000, P99: 2000},
	} {
		if got, err := read(files, warmup); err != nil || got != want {
			t.Errorf("%v of warm-up: %+v, %v, want %+v", warmup, got, err, want)
		}
	}
}

func TestLogsThatTellNothing(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                         "let it run longer",
		"0 1 failed 0 10 500000\n": "failed",
		"0 1 5\n":                  "3 words",
	} {
		if _, err := read(fstest.MapFS{"pgbench_log.7": {Data: []byte(text)}}, 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}
