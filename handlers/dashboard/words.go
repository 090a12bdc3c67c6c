package dashboard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	usersync "usersync/sync"
)

// moment is an instant as a page shows it; templates/shared/moment.html.
type moment struct {
	ISO   string // for <time datetime>
	Exact string // in UTC, to the second
	Ago   string // "3 minutes ago", "in 5 seconds"
}

// momentOf describes an instant as seen from now. The zero time has no words: {{if .Ago}}.
func momentOf(at, now time.Time) moment {
	if at.IsZero() {
		return moment{}
	}
	m := moment{ISO: at.UTC().Format("2006-01-02T15:04:05.000Z"), Exact: at.UTC().Format("2006-01-02 15:04:05 UTC")}
	switch d := now.Sub(at); {
	case d == math.MaxInt64: // what does not fit is cut: years 1 to 9999 can be kept
		m.Ago = "long ago"
	case d == math.MinInt64:
		m.Ago = "far ahead"
	case d < -time.Second:
		m.Ago = "in " + span(-d)
	case d < time.Second:
		m.Ago = "just now"
	default:
		m.Ago = span(d) + " ago"
	}
	return m
}

// microsMoment is momentOf for an instant of the database; 0 is none.
func microsMoment(at usersync.Micros, now time.Time) moment {
	if at == 0 {
		return moment{}
	}
	return momentOf(at.Time(), now)
}

// span is a while in words: the two largest units, the smaller only while it matters.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "-" + span(-max(d, -math.MaxInt64))
	case d < time.Millisecond:
		return "0 ms"
	case d < time.Second:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second && d%time.Second >= 100*time.Millisecond:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", d/time.Second)
	case d < time.Hour:
		return two(d, time.Minute, "min", time.Second, "s", 10)
	case d < 48*time.Hour:
		return two(d, time.Hour, "h", time.Minute, "min", 24)
	default:
		return two(d, 24*time.Hour, "days", time.Hour, "h", 10)
	}
}

// two names a while in a unit, and a smaller one if there are fewer than some of the first.
func two(d, unit time.Duration, name string, smaller time.Duration, small string, few time.Duration) string {
	text := fmt.Sprintf("%d %s", d/unit, name)
	if rest := d % unit / smaller; rest > 0 && d/unit < few {
		text += fmt.Sprintf(" %d %s", rest, small)
	}
	return text
}

// count is a number with its thousands apart.
func count(n int64) string { return strings.ReplaceAll(humanize.Comma(n), ",", "\u202f") }

// counted is a number of things.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

// size is a number of bytes in words.
func size(n int64) string { return humanize.IBytes(uint64(max(n, 0))) }
