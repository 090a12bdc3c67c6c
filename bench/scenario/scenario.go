// Package scenario lists what is measured of whom, and the goals that are held against it.
package scenario

import (
	"time"

	"usersync/bench/result"
)

// Scenario is one kind of load, or another thing to measure.
type Scenario struct {
	Name        string
	Contestants []string // in this order, by the constants of package result
	Connections int
	// Half is an open loop: as many events a second as half of what the same contestant
	// took in the base scenario of the same round.
	Half   bool
	Hot    float64       // share of the events that is about one user
	Twice  float64       // share that repeats an earlier one
	Poison float64       // share that the database refuses
	Trip   time.Duration // added to each round trip to the database
	// Start measures no load, but the time from the start of the process to the first
	// acknowledgement.
	Start bool
	// Checkpoint has the cluster write everything to disk as the clock starts: after it,
	// the first change of each page goes whole into the write-ahead log.
	Checkpoint bool
	Compressed bool // with wal_compression on, where it is off by default
	// Base is the scenario that the ratios of this one, or its rate, refer to.
	Base string
}

// Ingest is the base of most scenarios.
const Ingest = "ingest-64"

// All returns the scenarios in the order of their measurement.
func All() []Scenario {
	usersync := []string{result.Postgres}
	return []Scenario{
		{Name: Ingest, Connections: 64, Contestants: []string{
			result.Postgres, result.SQLite, result.GORM, result.Prisma, result.PGBench, result.Ceiling,
		}},
		{Name: "ingest-256", Connections: 256, Contestants: []string{result.Postgres, result.SQLite, result.GORM, result.Ceiling}},
		{Name: "one-connection", Connections: 1, Contestants: []string{result.Postgres, result.SQLite, result.GORM}},
		{Name: "open-loop", Connections: 64, Half: true, Base: Ingest, Contestants: usersync},
		{Name: "hot-user", Connections: 64, Hot: 0.5, Base: Ingest, Contestants: usersync},
		{Name: "duplicates", Connections: 64, Twice: 0.2, Base: Ingest, Contestants: usersync},
		{Name: "poison", Connections: 64, Poison: 0.001, Base: Ingest, Contestants: usersync},
		{Name: "1ms-trip", Connections: 64, Trip: time.Millisecond, Base: Ingest, Contestants: usersync},
		{Name: "2ms-trip", Connections: 64, Trip: 2 * time.Millisecond, Base: Ingest, Contestants: usersync},
		{Name: "start", Start: true, Contestants: []string{result.SQLite}},
	}
}

// Growth returns the scenarios that need a large database, which takes minutes to fill.
func Growth() []Scenario {
	both := []string{result.Small, result.Large}
	return []Scenario{
		{Name: "growth", Connections: 64, Contestants: both},
		{Name: "growth-checkpoint", Connections: 64, Checkpoint: true, Contestants: both},
		{Name: "growth-checkpoint-compressed", Connections: 64, Checkpoint: true, Compressed: true, Contestants: both},
	}
}

// Chosen is a contestant in a scenario.
type Chosen struct {
	Scenario   Scenario
	Contestant string
}

// Key names it, as "ingest-64/usersync".
func (c Chosen) Key() string { return Key(c.Scenario.Name, c.Contestant) }

// Key names a contestant in a scenario.
func Key(scenario, contestant string) string { return scenario + "/" + contestant }

// Choose returns the measurements whose key matches, and those that their ratios or rates
// refer to, in the order of the list.
func Choose(all []Scenario, matches func(key string) bool) (chosen []Chosen) {
	wanted := map[string]bool{}
	for _, s := range all {
		for _, name := range s.Contestants {
			if !matches(Key(s.Name, name)) {
				continue
			}
			wanted[Key(s.Name, name)] = true
			if s.Base != "" {
				wanted[Key(s.Base, name)] = true
			}
		}
	}
	for _, s := range all {
		for _, name := range s.Contestants {
			if c := (Chosen{s, name}); wanted[c.Key()] {
				chosen = append(chosen, c)
			}
		}
	}
	return chosen
}

// Turn is the order of a round: in each of them another contestant of a scenario begins, so
// that nobody is always the one after the same other.
func Turn(chosen []Chosen, round int) (order []Chosen) {
	for i := 0; i < len(chosen); {
		end := i
		for end < len(chosen) && chosen[end].Scenario.Name == chosen[i].Scenario.Name {
			end++
		}
		first := i + round%(end-i)
		order = append(append(order, chosen[first:end]...), chosen[i:first]...)
		i = end
	}
	return order
}
