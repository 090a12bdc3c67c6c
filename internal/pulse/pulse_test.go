package pulse_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// hand is a clock that a test sets.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

var noon = time.Date(2026, 5, 4, 12, 0, 30, 0, time.UTC)

// start makes a pulse of one provider.
func start(at time.Time) (*pulse.Pulse, *hand) {
	h := &hand{at: at}
	p := pulse.New(h.now)
	p.Keep([]string{"acme"})
	return p, h
}

func verified(p *pulse.Pulse) { p.Note("acme", func(at *pulse.Point) { at.Verified++ }) }

// shown are the points of a series in which something was verified, by age in steps.
func shown(s pulse.Series) map[int]int64 {
	found := map[int]int64{}
	for i, point := range s.Points {
		if point.Verified > 0 {
			found[len(s.Points)-1-i] = point.Verified
		}
	}
	return found
}

func expect(t *testing.T, what string, s pulse.Series, want map[int]int64) {
	t.Helper()
	if got := shown(s); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
	for i := 1; i < len(s.Points); i++ {
		if s.Points[i].At.Sub(s.Points[i-1].At) != s.Step {
			t.Fatalf("%s: a gap before %v", what, s.Points[i].At)
		}
	}
}

func TestWhatIsRememberedAsTimePasses(t *testing.T) {
	t.Parallel()
	type step struct {
		wait time.Duration // then two deliveries come, unless look
		look bool
	}
	for name, test := range map[string]struct {
		steps     []step
		hour, day map[int]int64
	}{
		"nothing":                          {nil, nil, nil},
		"the same minute":                  {[]step{{}, {wait: 20 * time.Second}}, map[int]int64{0: 4}, map[int]int64{0: 4}},
		"the next minute":                  {[]step{{}, {wait: 30 * time.Second}}, map[int]int64{0: 2, 1: 2}, map[int]int64{0: 4}},
		"a gap":                            {[]step{{}, {wait: 20 * time.Minute}}, map[int]int64{0: 2, 20: 2}, map[int]int64{0: 2, 1: 2}},
		"the first minute of the hour":     {[]step{{}, {wait: 59 * time.Minute, look: true}}, map[int]int64{59: 2}, map[int]int64{3: 2}},
		"an hour later":                    {[]step{{}, {wait: time.Hour, look: true}}, nil, map[int]int64{4: 2}},
		"an hour later, in the same place": {[]step{{}, {wait: time.Hour}}, map[int]int64{0: 2}, map[int]int64{0: 2, 4: 2}},
		"nearly a day later":               {[]step{{}, {wait: 24*time.Hour - time.Minute, look: true}}, nil, map[int]int64{95: 2}},
		"a day later":                      {[]step{{}, {wait: 24 * time.Hour, look: true}}, nil, nil},
		"a day later, in the same place":   {[]step{{}, {wait: 24 * time.Hour}}, map[int]int64{0: 2}, map[int]int64{0: 2}},
		"many rounds later":                {[]step{{}, {wait: 1000 * time.Hour}}, map[int]int64{0: 2}, map[int]int64{0: 2}},
		"the clock is set back a little": {
			[]step{{}, {wait: -5 * time.Minute}, {wait: 5 * time.Minute, look: true}}, map[int]int64{0: 2, 5: 2}, map[int]int64{0: 2, 1: 2}},
		"what is ahead is not shown": {[]step{{}, {wait: -5 * time.Minute}}, map[int]int64{0: 2}, map[int]int64{0: 2}},
		"the clock is set back by a round": {
			[]step{{}, {wait: -time.Hour}, {wait: time.Hour, look: true}}, nil, map[int]int64{0: 2, 4: 2}},
		"the clock is set back by days": {[]step{{}, {wait: -72 * time.Hour}}, map[int]int64{0: 2}, map[int]int64{0: 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for where, at := range map[string]time.Time{"now": noon, "before 1970": time.Date(1969, 7, 20, 20, 0, 30, 0, time.UTC), "elsewhere": noon.In(time.FixedZone("", 20700))} {
				p, clock := start(at)
				for _, s := range test.steps {
					clock.move(s.wait)
					if !s.look {
						verified(p)
						verified(p)
					}
				}
				expect(t, where+", hour", p.Hour("acme"), test.hour)
				expect(t, where+", day", p.Day("acme"), test.day)
			}
		})
	}
}

// The last point is the present, and time without anything is there too.
func TestTheTimesOfASeries(t *testing.T) {
	t.Parallel()
	p, _ := start(noon)
	hour, day := p.Hour("acme"), p.Day("nobody")
	if n := len(hour.Points); n != 60 || !hour.Points[59].At.Equal(noon.Add(-30*time.Second)) || !hour.Points[0].At.Equal(noon.Add(-30*time.Second-59*time.Minute)) {
		t.Errorf("%d minutes from %v to %v", n, hour.Points[0].At, hour.Points[n-1].At)
	}
	if n := len(day.Points); n != 96 || !day.Points[95].At.Equal(noon.Add(-30*time.Second)) || hour.Step != time.Minute || day.Step != 15*time.Minute {
		t.Errorf("%d quarters up to %v", n, day.Points[n-1].At)
	}
}

func TestOutcomesAndLag(t *testing.T) {
	t.Parallel()
	p, _ := start(noon)
	for outcome, lag := range map[usersync.Outcome]time.Duration{
		usersync.OutcomeApplied: 2 * time.Second, usersync.OutcomeStale: 0, usersync.OutcomeDuplicate: -1,
		usersync.OutcomeIgnored: -1, usersync.OutcomeDeadLetter: -1, usersync.OutcomeSpooled: 4 * time.Second,
	} {
		p.Observe(usersync.Observation{Provider: "acme", Outcome: outcome}, lag)
	}
	want := pulse.Point{Applied: 1, Stale: 1, Repeated: 1, Ignored: 1, Letters: 1, Spooled: 1, Lagged: 3, Lag: 6 * time.Second, LagMost: 4 * time.Second}
	for _, s := range []pulse.Series{p.Hour("acme"), p.Day("acme")} {
		got := s.Points[len(s.Points)-1]
		if got.Events() != 6 {
			t.Errorf("%d events", got.Events())
		}
		if got.At = (time.Time{}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
}

func TestSum(t *testing.T) {
	t.Parallel()
	p, clock := start(noon)
	for i := range 10 {
		p.Note("acme", func(at *pulse.Point) {
			at.Rejected, at.Refused, at.Lag, at.LagMost = int64(i), 1, time.Duration(i), time.Duration(10-i)
		})
		clock.move(time.Minute)
	}
	hour := p.Hour("acme") // the present minute is empty, the one before has 9
	for last, want := range map[time.Duration]struct{ rejected, refused int64 }{
		-time.Minute: {}, 0: {}, time.Second: {}, time.Minute: {}, time.Minute + 1: {9, 1}, 2 * time.Minute: {9, 1},
		3 * time.Minute: {17, 2}, time.Hour: {45, 10}, 1000 * time.Hour: {45, 10},
	} {
		if sum := hour.Sum(last); sum.Rejected != want.rejected || sum.Refused != want.refused || int64(sum.Lag) != want.rejected {
			t.Errorf("%v: %+v", last, sum)
		}
	}
	if sum := hour.Sum(3 * time.Minute); !sum.At.Equal(hour.Points[57].At) || sum.LagMost != 2 {
		t.Errorf("the last three: %+v", sum)
	}
}

// Whoever is not configured leaves nothing behind, and whoever stays keeps the past.
func TestKeep(t *testing.T) {
	t.Parallel()
	p, _ := start(noon)
	verified(p)
	p.Note("stranger", func(*pulse.Point) { t.Error("a stranger has a present") })
	p.Keep([]string{"acme", "new"})
	p.Note("new", func(at *pulse.Point) { at.Verified++ })
	expect(t, "who stays", p.Hour("acme"), map[int]int64{0: 1})
	expect(t, "who is new", p.Hour("new"), map[int]int64{0: 1})
	p.Keep([]string{"new"})
	expect(t, "who leaves", p.Hour("acme"), nil)
	p.Keep([]string{"acme", "new"})
	expect(t, "who comes back", p.Hour("acme"), nil)
	expect(t, "who stayed", p.Hour("new"), map[int]int64{0: 1})
}

// Nothing is lost between goroutines, while others look and the configuration changes.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	const writers, each = 8, 500
	p, clock := start(noon)
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			for range each {
				p.Observe(usersync.Observation{Provider: "acme", Outcome: usersync.OutcomeApplied}, time.Duration(i))
				p.Note("other", func(at *pulse.Point) { at.Verified++ })
			}
		})
	}
	all.Go(func() {
		for i := range 50 {
			p.Keep([]string{"acme", "other"}[:1+i%2])
			p.Hour("acme")
			p.Day("other")
			clock.move(time.Minute)
		}
	})
	all.Wait()
	if sum := p.Hour("acme").Sum(time.Hour); sum.Applied != writers*each {
		t.Errorf("%d of %d events in the last hour", sum.Applied, writers*each)
	}
}

func BenchmarkObserve(b *testing.B) {
	p := pulse.New(time.Now)
	p.Keep([]string{"acme"})
	o := usersync.Observation{Provider: "acme", Outcome: usersync.OutcomeApplied}
	b.ReportAllocs()
	for b.Loop() {
		p.Observe(o, time.Second)
	}
}
