package main

import (
	"usersync/bench/picture"
	"usersync/bench/result"
	"usersync/bench/scenario"
)

// captions are the contestants in the picture, in its order.
var captions = []struct{ contestant, text string }{
	{result.Postgres, "usersync on Postgres"},
	{result.SQLite, "usersync on SQLite"},
	{result.PGBench, "pgbench, no HTTP"},
	{result.GORM, "echo + GORM"},
	{result.Prisma, "Express + Prisma"},
}

// drawing is the picture of the ingest of one run, without the ceiling: that
// is no program that anybody could use.
func drawing(r result.Result) string {
	rates := map[string]float64{}
	for _, row := range r.Rows {
		if row.Scenario == scenario.Ingest {
			rates[row.Contestant] = row.Median.EventsPerSecond
		}
	}
	var rows []picture.Row
	for _, c := range captions {
		rate := rates[c.contestant]
		if rate == 0 {
			continue
		}
		row := picture.Row{Name: c.text, EventsPerSecond: rate, Highlighted: c.contestant == result.Postgres || c.contestant == result.SQLite}
		if ours := rates[result.Postgres]; !row.Highlighted {
			row.Ratio = ours / rate
		}
		rows = append(rows, row)
	}
	return picture.SVG("Signed webhooks a second, answered after the commit", rows)
}
