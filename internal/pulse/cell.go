package pulse

import "time"

// The two views of the past: an hour by minutes, a day by quarters of an hour.
const (
	minute   = time.Minute
	quarter  = 15 * time.Minute
	minutes  = 60
	quarters = 96
)

// cell is the place of one while in a ring, where the next round overwrites it.
type cell struct {
	number int64 // of the while, counted from 1970
	Point
}

// number counts the whiles of a length from 1970 to a time.
func number(at time.Time, step time.Duration) int64 {
	seconds, length := at.Unix(), int64(step/time.Second)
	n := seconds / length
	if seconds%length < 0 { // before 1970, where a machine without a battery may start
		n--
	}
	return n
}

// slot is the place of a while in a ring.
func slot(ring []cell, n int64) *cell {
	length := int64(len(ring))
	return &ring[(n%length+length)%length]
}

// present is the point of a ring for now. What another round left in its place goes: an
// earlier one, or a later one if the clock was set back.
func present(ring []cell, step time.Duration, now time.Time) *Point {
	n := number(now, step)
	c := slot(ring, n)
	if c.number != n {
		*c = cell{number: n}
	}
	return &c.Point
}
