package dashboard

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/internal/pulse"
)

var update = flag.Bool("update", false, "write the golden files anew")

// past makes a series of minutes from what each held.
func past(points ...pulse.Point) pulse.Series {
	return pulse.Series{Step: time.Minute, Points: points}
}

// A chart is a function of its series: testdata/NAME.svg is what it draws.
func TestCharts(t *testing.T) {
	t.Parallel()
	lag := func(n int64, each, most time.Duration) pulse.Point {
		return pulse.Point{Applied: n, Lagged: n, Lag: each * time.Duration(n), LagMost: most}
	}
	empty := past(make([]pulse.Point, 6)...)
	for name, chart := range map[string]Chart{
		"rate-empty": RateChart(empty),
		"rate-mixed": RateChart(past(
			pulse.Point{}, pulse.Point{Applied: 1}, pulse.Point{Applied: 10, Stale: 4, Repeated: 3, Ignored: 3},
			pulse.Point{Spooled: 5, Refused: 5}, pulse.Point{Letters: 1, Rejected: 1}, pulse.Point{Applied: 20_000},
		)),
		"rate-one":  RateChart(past(pulse.Point{Applied: 3, Letters: 1})),
		"lag-empty": LagChart(empty),
		"lag-gaps": LagChart(past(
			lag(1, 100*time.Millisecond, 100*time.Millisecond), pulse.Point{Applied: 3}, lag(10, 2*time.Second, 30*time.Second),
			lag(4, time.Second, 3*time.Second), pulse.Point{}, lag(1, time.Minute, time.Minute),
		)),
		"lag-none": LagChart(past(lag(5, 0, 0))),
	} {
		var drawn bytes.Buffer
		if err := open().sheets()["overview"].ExecuteTemplate(&drawn, "chart", chart); err != nil {
			t.Fatal(err)
		}
		wellFormed(t, name, drawn.String())
		file := filepath.Join("testdata", name+".svg")
		if *update {
			if err := os.WriteFile(file, drawn.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if drawn.String() != string(want) {
			t.Errorf("%s: drew\n%s\nwant\n%s", name, drawn.String(), want)
		}
	}
}

func wellFormed(t *testing.T, name, text string) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(text)); ; {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
}

// No bar leaves the picture, and none that is there is too low to be seen.
func TestBarsFit(t *testing.T) {
	t.Parallel()
	var path strings.Builder
	bar(&path, 0, 60, 0, 0)
	if path.Len() != 0 {
		t.Errorf("nothing was drawn as %s", path.String())
	}
	bar(&path, 59, 60, 0, 0.001)
	if got, want := path.String(), "M236 48h3.2v-1h-3.2z"; got != want {
		t.Errorf("a low bar is %s, want %s", got, want)
	}
}
