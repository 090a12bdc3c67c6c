package result_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"usersync/bench/result"
)

var update = flag.Bool("update", false, "write the golden files")

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values []float64
		want   float64
	}{
		{nil, 0}, {[]float64{4}, 4}, {[]float64{9, 1, 5}, 5}, {[]float64{9, 1, 5, 3}, 4},
	} {
		kept := append([]float64(nil), c.values...)
		if got := result.Median(c.values); got != c.want {
			t.Errorf("%v: %v, want %v", c.values, got, c.want)
		}
		if !reflect.DeepEqual(kept, append([]float64(nil), c.values...)) {
			t.Errorf("%v has become %v", kept, c.values)
		}
	}
}

func TestSummaryHidesNoFailure(t *testing.T) {
	t.Parallel()
	got := result.Summary([]result.Figures{
		{EventsPerSecond: 100, P99: 30, Events: 10, Answers: map[int]int{200: 10}},
		{EventsPerSecond: 300, P99: 10, Events: 30, Answers: map[int]int{200: 29, 503: 1}, Errors: 2},
		{EventsPerSecond: 200, P99: 20, Events: 20, Answers: map[int]int{200: 20}},
	})
	want := result.Figures{EventsPerSecond: 200, P99: 20, Events: 60, Answers: map[int]int{200: 59, 503: 1}, Errors: 2}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestReached(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		goal result.Goal
		want bool
	}{
		{result.Goal{Bound: 2, Median: 2}, true},
		{result.Goal{Bound: 2, Median: 1.9}, false},
		{result.Goal{Bound: 2, Median: 2, Most: true}, true},
		{result.Goal{Bound: 2, Median: 2.1, Most: true}, false},
	} {
		if c.goal.Reached() != c.want {
			t.Errorf("%+v", c.goal)
		}
	}
}

// The table says what was not reached, not measured and not to be believed.
func TestTables(t *testing.T) {
	t.Parallel()
	r := result.Result{
		Began: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC), Command: "make bench", Users: 1000, Rounds: 3, Duration: 5,
		Machine: result.Machine{Cores: 2, CPU: "a processor", Kernel: "6.1", Go: "go1.26", Postgres: "15.1", Version: "abc"},
		Rows: []result.Row{
			{Scenario: "ingest-64", Contestant: result.Postgres, Median: result.Figures{EventsPerSecond: 9000, P50: 7123, P99: 15000, P999: 20000, ServerCPU: 100, PostgresCPU: 70, LoadCPU: 20, WAL: 900, RSS: 50e6, Answers: map[int]int{200: 1}}},
			{Scenario: "ingest-64", Contestant: result.Ceiling, Median: result.Figures{EventsPerSecond: 20000, ServerCPU: 60, Answers: map[int]int{200: 1, 503: 4}, Errors: 2}},
		},
		Goals: []result.Goal{
			{Name: "fast", Unit: "×", Bound: 4.5, Median: 5.123, Min: 4, Max: 6, Rounds: 3},
			{Name: "small", Unit: "MB", Bound: 48, Most: true, Median: 49, Min: 49, Max: 49, Rounds: 3},
		},
		Doubts:  []string{"fsync is off"},
		Skipped: []string{"express-prisma: no node"}, Failures: []string{"round 1, start: it did not"},
	}
	for name, write := range map[string]func(*bytes.Buffer){
		"table.txt": func(b *bytes.Buffer) { r.Text(b) },
		"table.md":  func(b *bytes.Buffer) { r.Markdown(b) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got bytes.Buffer
			write(&got)
			file := filepath.Join("testdata", name)
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil || got.String() != string(want) {
				t.Errorf("%v\n%s\nwant\n%s", err, &got, want)
			}
		})
	}
}

func TestResultIsReadBackFromJSON(t *testing.T) {
	t.Parallel()
	r := result.Result{Rounds: 1, Rows: []result.Row{{Scenario: "a", Rounds: []result.Figures{{Events: 1, Answers: map[int]int{200: 1}}}}}, Goals: []result.Goal{{Name: "g"}}}
	text, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back result.Result
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(back, r) {
		t.Errorf("%+v, %v", back, err)
	}
}
