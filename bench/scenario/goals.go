package scenario

import (
	"usersync/bench/result"
)

// Round are the figures of one round, by Key. A ratio is taken within a round: what
// disturbs the machine disturbs both of its sides.
type Round map[string]result.Figures

// goal is a promise and how it is read from a round.
type goal struct {
	name   string
	unit   string
	bound  float64
	atMost bool
	needs  []string // keys
	value  func(f []result.Figures) float64
}

func rate(f result.Figures) float64 { return f.EventsPerSecond }
func p50(f result.Figures) float64  { return f.P50 }
func p99(f result.Figures) float64  { return f.P99 }
func work(f result.Figures) float64 { return f.ServerCPU + f.PostgresCPU }
func own(f result.Figures) float64  { return f.ServerCPU }

// ratio compares a figure of two measurements.
func ratio(name string, figure func(result.Figures) float64, of, to string, bound float64, atMost bool) goal {
	return goal{name, "×", bound, atMost, []string{of, to}, func(f []result.Figures) float64 { return figure(f[0]) / figure(f[1]) }}
}

// most is an absolute bound of a figure.
func most(name, unit, of string, bound float64, figure func(result.Figures) float64) goal {
	return goal{name, unit, bound, true, []string{of}, func(f []result.Figures) float64 { return figure(f[0]) }}
}

func goals() []goal {
	ours, sqlite := Key(Ingest, result.Postgres), Key(Ingest, result.SQLite)
	of := func(scenario string) string { return Key(scenario, result.Postgres) }
	gorm := Key(Ingest, result.GORM)
	wide := "ingest-256"
	return []goal{
		ratio("64 connections: events/s against Express + Prisma", rate, ours, Key(Ingest, result.Prisma), 22, false),
		ratio("64 connections: events/s against echo + GORM", rate, ours, gorm, 4.5, false),
		ratio("64 connections: events/s against pgbench", rate, ours, Key(Ingest, result.PGBench), 3, false),
		ratio("64 connections: events/s against no database", rate, ours, Key(Ingest, result.Ceiling), 0.35, false),
		ratio("256 connections: events/s against no database", rate, of(wide), Key(wide, result.Ceiling), 0.45, false),
		ratio("CPU per event of server and Postgres against echo + GORM", work, ours, gorm, 1.0/6, true),
		ratio("CPU per event of the server against no database", own, ours, Key(Ingest, result.Ceiling), 1.9, true),
		ratio("1 connection: p50 against echo + GORM", p50, of("one-connection"), Key("one-connection", result.GORM), 0.7, true),
		ratio("64 connections: p99 against echo + GORM", p99, ours, gorm, 0.25, true),
		most("open loop at half of the maximum: p99", "ms", of("open-loop"), 20, func(f result.Figures) float64 { return f.P99 / 1000 }),
		ratio("half of the events to one user: events/s against uniform", rate, of("hot-user"), ours, 0.9, false),
		ratio("20 % duplicates: events/s against none", rate, of("duplicates"), ours, 0.95, false),
		ratio("0.1 % poison: events/s against none", rate, of("poison"), ours, 0.8, false),
		ratio("2 ms round trip to the database: events/s against local", rate, of("2ms-trip"), ours, 0.5, false),
		ratio("SQLite, 64 connections: events/s against Postgres", rate, sqlite, ours, 0.6, false),
		most("SQLite, 64 connections: p99", "ms", sqlite, 25, func(f result.Figures) float64 { return f.P99 / 1000 }),
		most("SQLite: start to first acknowledgement", "ms", Key("start", result.SQLite), 60, func(f result.Figures) float64 { return f.StartMS }),
		most("256 connections: memory", "MB", of(wide), 56, func(f result.Figures) float64 { return f.RSS / 1e6 }),
		most("size of the program", "MB", ours, 48, func(f result.Figures) float64 { return f.Binary / 1e6 }),
	}
}

// Judge holds the rounds against the goals. One that no round has the figures for is left
// out.
func Judge(rounds []Round) []result.Goal { return judge(goals(), rounds) }

func judge(goals []goal, rounds []Round) (judged []result.Goal) {
	for _, g := range goals {
		var values []float64
		for _, r := range rounds {
			if f, ok := r.all(g.needs); ok {
				values = append(values, g.value(f))
			}
		}
		if len(values) == 0 {
			continue
		}
		least, most := result.Range(values)
		judged = append(judged, result.Goal{
			Name: g.name, Unit: g.unit, Bound: g.bound, Most: g.atMost,
			Median: result.Median(values), Min: least, Max: most, Rounds: len(values),
		})
	}
	return judged
}

// all returns the figures of the keys, if the round has them all.
func (r Round) all(keys []string) (figures []result.Figures, ok bool) {
	for _, key := range keys {
		f, ok := r[key]
		if !ok {
			return nil, false
		}
		figures = append(figures, f)
	}
	return figures, true
}
