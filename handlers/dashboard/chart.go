package dashboard

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"usersync/internal/pulse"
)

// Chart is a small picture of a Series; templates/shared/chart.html draws it. It is not
// looked at alone: Desc says the same in numbers.
type Chart struct {
	Title, Desc string
	Sum         string // of all of it, "" if there is nothing
	Top         string // what the height stands for
	From        string // how long ago it begins
	Layers      []Layer
}

// Layer is a shape of a chart.
type Layer struct {
	Class string // its colour, in the stylesheet
	Path  string // the SVG path
}

// The size of a chart in its own units; pages scale it.
const (
	chartWidth  = 240.0
	chartHeight = 48.0
)

// RateChart draws how many events came, as bars: applied, not needed, and lost or refused.
func RateChart(s pulse.Series) Chart {
	most := int64(0)
	for i := range s.Points {
		p := &s.Points[i]
		most = max(most, needed(p)+spare(p)+wrong(p))
	}
	var layers [3]strings.Builder
	for i := range s.Points {
		p := &s.Points[i]
		base := 0.0
		for at, n := range []int64{needed(p), spare(p), wrong(p)} {
			height := chartHeight * float64(n) / float64(max(most, 1))
			bar(&layers[at], i, len(s.Points), base, height)
			base += height
		}
	}
	c := Chart{
		Title: "Events in the last " + whole(s), Desc: rateDesc(s, most), From: ago(s),
	}
	if most > 0 {
		sum := total(s)
		c.Sum = count(needed(&sum) + spare(&sum) + wrong(&sum))
		c.Top = fmt.Sprintf("top: %s per %s", count(most), unit(s.Step))
	}
	for at, class := range []string{"applied", "spare", "wrong"} {
		if path := layers[at].String(); path != "" {
			c.Layers = append(c.Layers, Layer{class, path})
		}
	}
	return c
}

// needed, spare and wrong share out what a Point counts.
func needed(p *pulse.Point) int64 { return p.Applied + p.Spooled }
func spare(p *pulse.Point) int64  { return p.Stale + p.Repeated + p.Ignored }
func wrong(p *pulse.Point) int64  { return p.Letters + p.Rejected + p.Refused }

func rateDesc(s pulse.Series, most int64) string {
	sum := total(s)
	all := needed(&sum) + spare(&sum) + wrong(&sum)
	if all == 0 {
		return "None."
	}
	return fmt.Sprintf("%s: %s applied or spooled, %s stale, repeated or ignored, %s dead letters or refused. At most %s per %s.",
		count(all), count(needed(&sum)), count(spare(&sum)), count(wrong(&sum)), count(most), unit(s.Step))
}

// LagChart draws how long events took from happening to being durable: bars up to the
// longest, and a line of the mean.
func LagChart(s pulse.Series) Chart {
	most := time.Duration(0)
	for i := range s.Points {
		most = max(most, s.Points[i].LagMost)
	}
	var longest, mean strings.Builder
	drawn := false
	for i := range s.Points {
		p := &s.Points[i]
		if p.Lagged == 0 || most == 0 {
			drawn = false // a gap: nothing is known
			continue
		}
		bar(&longest, i, len(s.Points), 0, chartHeight*float64(p.LagMost)/float64(most))
		x := (float64(i) + 0.5) * chartWidth / float64(len(s.Points))
		y := chartHeight - chartHeight*float64(p.Lag)/float64(p.Lagged)/float64(most)
		if drawn {
			mean.WriteString("L" + coordinate(x) + " " + coordinate(y))
		} else {
			mean.WriteString("M" + coordinate(x) + " " + coordinate(y) + "h0") // a dot, if it stays alone
		}
		drawn = true
	}
	c := Chart{Title: "Lag in the last " + whole(s), Desc: lagDesc(s, most), From: ago(s)}
	if longest.Len() > 0 {
		sum := total(s)
		c.Sum, c.Top = "mean "+span(sum.Lag/time.Duration(sum.Lagged)), "top: "+span(most)
		c.Layers = []Layer{{"longest", longest.String()}, {"mean", mean.String()}}
	}
	return c
}

func lagDesc(s pulse.Series, most time.Duration) string {
	sum := total(s)
	if sum.Lagged == 0 {
		return "Not known: no event told when it happened."
	}
	return fmt.Sprintf("From happening to durable: %s on average, %s at most, of %s.",
		span(sum.Lag/time.Duration(sum.Lagged)), span(most), counted(sum.Lagged, "event", "events"))
}

// bar adds a bar to a path, as the i-th of n. One that is there at all can be seen.
func bar(path *strings.Builder, i, n int, base, height float64) {
	if height <= 0 {
		return
	}
	width := chartWidth / float64(n)
	height = math.Max(height, 1)
	fmt.Fprintf(path, "M%s %sh%sv%sh-%sz", coordinate(float64(i)*width), coordinate(chartHeight-base),
		coordinate(width*0.8), coordinate(-height), coordinate(width*0.8))
}

// coordinate is a number with as many digits as can be seen.
func coordinate(x float64) string {
	return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64)
}

// total is what happened in all of a series, which may be the zero one.
func total(s pulse.Series) pulse.Point {
	if s.Step <= 0 {
		return pulse.Point{}
	}
	return s.Sum(s.Step * time.Duration(len(s.Points)))
}

// ago is when a series begins.
func ago(s pulse.Series) string { return span(s.Step*time.Duration(len(s.Points))) + " ago" }

// whole is how long a series is, unit what a point of it stands for.
func whole(s pulse.Series) string { return unit(s.Step * time.Duration(len(s.Points))) }

func unit(d time.Duration) string {
	switch d {
	case time.Minute:
		return "minute"
	case time.Hour:
		return "hour"
	case 24 * time.Hour:
		return "day"
	default:
		return span(d)
	}
}
