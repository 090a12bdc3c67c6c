package models

import (
	"slices"
	"strings"
	"time"

	usersync "usersync/sync"
)

// processed_events is made of a partition for claims without a time, one for each
// week, from Monday to Monday in UTC, and one for all that no other takes. A
// week that is over is dropped whole, which costs nothing, where deleting its rows
// would write each of them once more.

const (
	weekPrefix = "processed_events_"
	weekName   = weekPrefix + "20060102" // after its Monday
	restOf     = "usersync.processed_events_default"
)

// week is a partition, or a table that was one.
type week struct {
	from     time.Time
	attached bool
}

// weekOf returns the week that an instant lies in.
func weekOf(at usersync.Micros) week {
	day := at.Time().Truncate(24 * time.Hour)
	return week{from: day.AddDate(0, 0, -(int(day.Weekday())+6)%7)}
}

// weekNamed returns the week whose partition is named so.
func weekNamed(name string) (w week, ok bool) {
	from, err := time.Parse(weekName, name)
	return week{from: from}, err == nil && weekOf(usersync.MicrosOf(from)).from.Equal(from)
}

func (w week) to() time.Time { return w.from.AddDate(0, 0, 7) }
func (w week) table() string { return "usersync." + w.from.Format(weekName) }
func (w week) next() week    { return week{from: w.to()} }

func (w week) isIn(l []week) bool {
	return slices.ContainsFunc(l, func(other week) bool { return other.from.Equal(w.from) })
}

// makeSQL makes the partition and puts it in its place. A table that is made apart
// and then attached keeps nobody from the others, unlike PARTITION OF.
func (w week) makeSQL() []string {
	const instant = "2006-01-02 15:04:05Z07:00"
	return []string{
		"CREATE TABLE " + w.table() + " (LIKE usersync.processed_events INCLUDING ALL)",
		"ALTER TABLE usersync.processed_events ATTACH PARTITION " + w.table() +
			" FOR VALUES FROM ('" + w.from.Format(instant) + "') TO ('" + w.to().Format(instant) + "')",
	}
}

// weeksFrom returns so many weeks, the first being that of the instant.
func weeksFrom(at usersync.Micros, count int) []week {
	weeks := make([]week, 0, count)
	for w := weekOf(at); len(weeks) < count; w = w.next() {
		weeks = append(weeks, w)
	}
	return weeks
}

// PartitionsSQL returns the SQL that makes the partitions of so many weeks, for
// someone who applies the schema themselves.
func PartitionsSQL(dialect Dialect, at usersync.Micros, weeks int) string {
	if dialect != Postgres {
		return ""
	}
	var out strings.Builder
	out.WriteString("\n-- The events of each week in a partition of their own, to be dropped as a whole.\n")
	for _, w := range weeksFrom(at, weeks) {
		out.WriteString(strings.Join(w.makeSQL(), ";\n") + ";\n")
	}
	return out.String()
}
