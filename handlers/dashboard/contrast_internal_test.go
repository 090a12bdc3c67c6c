package dashboard

import (
	"math"
	"regexp"
	"strconv"
	"testing"
)

// What is read stands out from its ground by 4.5 : 1, what is only seen (a border, a bar of
// a chart) by 3 : 1, in the light and in the dark, as WCAG 2.2 says.
func TestContrast(t *testing.T) {
	t.Parallel()
	colours := palette(t)
	grounds := []string{"ground", "card", "sunk"}
	notes := []string{"good-ground", "warn-ground", "bad-ground", "info-ground"}
	for _, want := range []struct {
		front   []string
		back    []string
		atLeast float64
	}{
		{[]string{"text", "soft", "link"}, grounds, 4.5},
		{[]string{"text"}, notes, 4.5},
		{[]string{"soft"}, notes, 4.5},
		{[]string{"good"}, []string{"good-ground", "card"}, 4.5},
		{[]string{"warn"}, []string{"warn-ground", "card"}, 4.5},
		{[]string{"bad"}, []string{"bad-ground", "card"}, 4.5},
		{[]string{"info"}, []string{"info-ground", "card"}, 4.5},
		{[]string{"on-link"}, []string{"link"}, 4.5},
		{[]string{"edge"}, []string{"card", "ground", "sunk"}, 3},
		{[]string{"chart-main", "chart-wrong"}, []string{"sunk"}, 3},
	} {
		for _, front := range want.front {
			for _, back := range want.back {
				for look, name := range []string{"light", "dark"} {
					got := contrast(colours[front][look], colours[back][look])
					if !(got >= want.atLeast) { // NaN is too little
						t.Errorf("%s on %s, %s: %.2f, want %.1f", front, back, name, got, want.atLeast)
					}
				}
			}
		}
	}
}

// palette reads the pairs of the stylesheet.
func palette(t *testing.T) map[string][2]float64 {
	t.Helper()
	css, err := assetFiles.ReadFile("assets/style.css")
	if err != nil {
		t.Fatal(err)
	}
	colours := map[string][2]float64{}
	for _, m := range regexp.MustCompile(`--([a-z-]+): light-dark\(#([0-9a-f]{6}), #([0-9a-f]{6})\);`).FindAllStringSubmatch(string(css), -1) {
		colours[m[1]] = [2]float64{luminance(t, m[2]), luminance(t, m[3])}
	}
	if used := regexp.MustCompile(`#[0-9a-f]{3,8}\b`).FindAllString(string(css), -1); len(used) != 2*len(colours) {
		t.Errorf("%d colours in %d pairs: one stands outside of the palette", len(used), len(colours))
	}
	return colours
}

// luminance is the relative luminance of a colour like ff8800.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(a, b float64) float64 {
	return (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05)
}
