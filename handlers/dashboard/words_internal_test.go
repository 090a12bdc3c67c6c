package dashboard

import (
	"math"
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	t.Parallel()
	for d, want := range map[time.Duration]string{
		0:                              "0 ms",
		400 * time.Microsecond:         "0 ms",
		20 * time.Millisecond:          "20 ms",
		999 * time.Millisecond:         "999 ms",
		time.Second:                    "1 s",
		1500 * time.Millisecond:        "1.5 s",
		12 * time.Second:               "12 s",
		time.Minute:                    "1 min",
		90 * time.Second:               "1 min 30 s",
		15*time.Minute + 3*time.Second: "15 min",
		time.Hour:                      "1 h",
		3*time.Hour + 5*time.Minute:    "3 h 5 min",
		47 * time.Hour:                 "47 h",
		53 * time.Hour:                 "2 days 5 h",
		400*24*time.Hour + 3*time.Hour: "400 days",
		math.MaxInt64:                  "106751 days",
		math.MinInt64:                  "-106751 days",
		-3 * time.Second:               "-3 s",
	} {
		if got := span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestMoments(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0: "just now", 300 * time.Millisecond: "just now", -300 * time.Millisecond: "just now", 2 * time.Second: "2 s ago", -time.Minute: "in 1 min",
	} {
		m := momentOf(now.Add(-ago).In(time.FixedZone("elsewhere", 3600)), now)
		if m.Ago != want {
			t.Errorf("%v: %q, want %q", ago, m.Ago, want)
		}
	}
	if m := momentOf(now.Add(-time.Hour), now); m.Exact != "2026-05-04 11:00:00 UTC" || m.ISO != "2026-05-04T11:00:00.000Z" {
		t.Errorf("%+v", m)
	}
	for year, want := range map[int]string{1600: "long ago", 9999: "far ahead", 2000: "9620 days ago"} {
		if got := momentOf(time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC), now).Ago; got != want {
			t.Errorf("%d: %q, want %q", year, got, want)
		}
	}
	if momentOf(time.Time{}, now) != (moment{}) || microsMoment(0, now) != (moment{}) {
		t.Error("no instant has words")
	}
}

func TestNumbers(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1\u202f000", 1234567: "1\u202f234\u202f567", -5000: "-5\u202f000"} {
		if got := count(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for n, want := range map[int64]string{0: "", 7: "7", 100_000: "100\u202f000 or more", 100_001: "100\u202f000 or more"} {
		if got := waiting(n); got != want {
			t.Errorf("%d waiting is %q", n, got)
		}
	}
	if counted(1, "user", "users") != "1 user" || counted(2, "user", "users") != "2 users" || counted(0, "user", "users") != "0 users" {
		t.Error("things are counted wrong")
	}
}
