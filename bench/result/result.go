// Package result is what a run of the benchmark found: figures of each contestant in
// each scenario, and the goals that they are held against. It is JSON on disk, a table
// on a terminal and in docs, and a picture.
package result

import "time"

// Result is one run.
type Result struct {
	Began    time.Time `json:"began"`
	Command  string    `json:"command"` // what repeats it
	Machine  Machine   `json:"machine"`
	Users    int       `json:"users"`              // rows in each database before the first measurement
	Rounds   int       `json:"rounds"`             // how often each scenario was measured
	Duration float64   `json:"duration_s"`         // of one measurement
	Rows     []Row     `json:"rows"`               // in the order of the scenarios
	Goals    []Goal    `json:"goals,omitempty"`    // those whose figures were measured
	Skipped  []string  `json:"skipped,omitempty"`  // who did not take part, and why
	Doubts   []string  `json:"doubts,omitempty"`   // why all of it may be better than it is elsewhere
	Failures []string  `json:"failures,omitempty"` // measurements that are not to be believed, and why
}

// Machine is where it was measured.
type Machine struct {
	Cores    int    `json:"cores"`
	CPU      string `json:"cpu"`
	Kernel   string `json:"kernel"`
	Go       string `json:"go"`
	Postgres string `json:"postgres"`
	Version  string `json:"version"` // of usersync, by git
}

// The contestants, as Row.Contestant names them.
const (
	Postgres = "usersync" // on Postgres
	SQLite   = "usersync-sqlite"
	Ceiling  = "ceiling" // usersync without a database
	GORM     = "echo-gorm"
	Prisma   = "express-prisma"
	PGBench  = "pgbench" // the statements without HTTP

	Small = "usersync-small" // on Postgres, with ten thousand users and events before
	Large = "usersync-large" // with as many as were asked for
)

// Row is one contestant in one scenario.
type Row struct {
	Scenario   string    `json:"scenario"`   // ingest-64, ingest-256, …
	Contestant string    `json:"contestant"` // one of the constants
	Median     Figures   `json:"median"`     // of each figure by itself
	Rounds     []Figures `json:"rounds"`     // as they were measured
}

// Figures are what one measurement found. What cannot be measured of a contestant is 0.
type Figures struct {
	EventsPerSecond float64     `json:"events_per_s"`           // answered 200 (pgbench: committed)
	P50             float64     `json:"p50_us"`                 // µs from the request to its whole answer
	P99             float64     `json:"p99_us"`                 //
	P999            float64     `json:"p999_us"`                //
	ServerCPU       float64     `json:"server_cpu_us"`          // µs of processor time per event, the server's process
	PostgresCPU     float64     `json:"postgres_cpu_us"`        // µs per event, all processes of the cluster
	LoadCPU         float64     `json:"load_cpu_us"`            // µs per event, the load generator's
	RSS             float64     `json:"rss_bytes"`              // most that the server had resident since its start
	WAL             float64     `json:"wal_bytes"`              // per event
	Events          int         `json:"events"`                 // how many requests were sent
	Answers         map[int]int `json:"answers,omitempty"`      // by HTTP status
	Errors          int         `json:"errors"`                 // requests without an answer
	StartMS         float64     `json:"start_ms,omitempty"`     // from the start of the process to the first acknowledgement
	Binary          float64     `json:"binary_bytes,omitempty"` // size of the program
}

// Goal is a figure or a ratio that the project promises.
type Goal struct {
	Name   string  `json:"name"`   // "ingest-64: events/s, × echo-gorm"
	Unit   string  `json:"unit"`   // "×", "ms", "MB", …
	Bound  float64 `json:"bound"`  // what is asked
	Most   bool    `json:"most"`   // the figure is to be at most, not at least, the bound
	Median float64 `json:"median"` // of the rounds; a ratio is taken within each round first
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	Rounds int     `json:"rounds"`
}

// Reached reports whether the median is within the bound.
func (g Goal) Reached() bool {
	if g.Most {
		return g.Median <= g.Bound
	}
	return g.Median >= g.Bound
}
