// Package picture draws the figures of a benchmark as horizontal bars.
package picture

import (
	"fmt"
	"html"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Row is one bar, drawn in the order given.
type Row struct {
	Name            string
	EventsPerSecond float64
	// Ratio is how many times fewer it does than the row that it is compared with; 0, and
	// about 1, write none.
	Ratio       float64
	Highlighted bool
}

// Sizes in px. Texts are measured by the width that most fonts stay below, because the
// reader's font is not known.
const (
	width     = 800
	margin    = 20
	top       = 60
	rowHeight = 36
	barHeight = 22
	letter    = 8.6
	gap       = 10
	nameLimit = 44
)

const style = `
    text { font: 14px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .rate { font-variant-numeric: tabular-nums; }
    .ratio { fill: #59636e; }
    .own { font-weight: 600; }
    .page { fill: #ffffff; }
    .bar { fill: #afb8c1; }
    .bar.own { fill: #0969da; }
    @media (prefers-color-scheme: dark) {
      text { fill: #f0f6fc; }
      .page { fill: #0d1117; }
      .ratio { fill: #9198a1; }
      .bar { fill: #57606a; }
      .bar.own { fill: #4493f8; }
    }
`

// SVG draws the rows below a title. It is 800 px wide, has a background of its own, as a page
// may be dark where the reader's system is not, and names no font that must be loaded.
func SVG(title string, rows []Row) string {
	most, longest, tail := 0.0, 0, 0
	for _, row := range rows {
		most = max(most, row.EventsPerSecond)
		longest = max(longest, utf8.RuneCountInString(shortened(row.Name)))
		tail = max(tail, utf8.RuneCountInString(figure(row)+" "+note(row)))
	}
	left := margin + letter*float64(longest) + gap
	room := width - left - gap - letter*float64(tail) - margin
	height := top + rowHeight*len(rows) + margin

	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img" aria-labelledby="title desc">`+"\n", width, height, width, height)
	fmt.Fprintf(&svg, "  <title id=\"title\">%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&svg, "  <desc id=\"desc\">%s</desc>\n", html.EscapeString(spoken(rows)))
	fmt.Fprintf(&svg, "  <style>%s  </style>\n", style)
	fmt.Fprintf(&svg, `  <rect class="page" width="%d" height="%d" rx="6"/>`+"\n", width, height)
	fmt.Fprintf(&svg, `  <text class="title" x="%d" y="32">%s</text>`+"\n", margin, html.EscapeString(title))
	for i, row := range rows {
		y := top + rowHeight*i
		own := ""
		if row.Highlighted {
			own = " own"
		}
		length := 0.0
		if most > 0 {
			length = max(2, room*row.EventsPerSecond/most)
		}
		base := y + barHeight - 6
		fmt.Fprintf(&svg, `  <text class="name%s" x="%s" y="%d" text-anchor="end">%s</text>`+"\n", own, px(left-gap), base, html.EscapeString(shortened(row.Name)))
		fmt.Fprintf(&svg, `  <rect class="bar%s" x="%s" y="%d" width="%s" height="%d" rx="3"/>`+"\n", own, px(left), y, px(length), barHeight)
		fmt.Fprintf(&svg, `  <text class="rate%s" x="%s" y="%d">%s`, own, px(left+length+gap), base, figure(row))
		if note(row) != "" {
			fmt.Fprintf(&svg, `<tspan class="ratio" dx="8">%s</tspan>`, note(row))
		}
		svg.WriteString("</text>\n")
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

func px(x float64) string { return strconv.FormatFloat(math.Round(x*10)/10, 'f', -1, 64) }

// figure is a rate with its thousands apart.
func figure(row Row) string {
	digits := strconv.FormatInt(int64(math.Round(row.EventsPerSecond)), 10)
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "\u202f" + digits[i:]
	}
	return digits + "/s"
}

// note is the ratio, with one digit after the point where it matters.
func note(row Row) string {
	switch {
	case row.Ratio < 1.05:
		return ""
	case row.Ratio < 9.95:
		return fmt.Sprintf("%.1f× fewer", row.Ratio)
	}
	return fmt.Sprintf("%.0f× fewer", row.Ratio)
}

func shortened(name string) string {
	letters := []rune(name)
	if len(letters) <= nameLimit {
		return name
	}
	return string(letters[:nameLimit-1]) + "…"
}

// spoken is what a screen reader says of the rows.
func spoken(rows []Row) string {
	said := make([]string, len(rows))
	for i, row := range rows {
		said[i] = row.Name + ": " + strings.TrimSpace(figure(row)+" "+note(row))
	}
	return strings.Join(said, "; ")
}
