package picture_test

import (
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/bench/picture"
)

var update = flag.Bool("update", false, "write the golden files")

func TestGolden(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		title string
		rows  []picture.Row
	}{
		"rivals": {"Webhooks processed per second", []picture.Row{
			{Name: "usersync, Postgres", EventsPerSecond: 12345.4, Highlighted: true},
			{Name: "usersync, SQLite", EventsPerSecond: 9051, Ratio: 1.36, Highlighted: true},
			{Name: "pgbench, one transaction per event", EventsPerSecond: 2770, Ratio: 4.46},
			{Name: "echo + GORM", EventsPerSecond: 1983, Ratio: 6.2},
			{Name: "Express + Prisma", EventsPerSecond: 356, Ratio: 34.7},
		}},
		"hostile": {`a <script> & "quotes"`, []picture.Row{
			{Name: `</text><script>alert('x')</script>`, EventsPerSecond: 1234567, Ratio: 9.96},
			{Name: strings.Repeat("Ω", 60), EventsPerSecond: 0},
		}},
		"nothing": {"No rows", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := picture.SVG(test.title, test.rows)
			wellFormed(t, got)
			file := filepath.Join("testdata", name+".svg")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("differs from %s; -update writes it anew, then look at it:\n%s", file, got)
			}
		})
	}
}

// wellFormed checks that the text is XML and holds nothing that runs or is loaded.
func wellFormed(t *testing.T, text string) {
	t.Helper()
	for decoder := xml.NewDecoder(strings.NewReader(text)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if start, ok := token.(xml.StartElement); ok && (start.Name.Local == "script" || start.Name.Local == "image") {
			t.Errorf("an element %s", start.Name.Local)
		}
	}
	if strings.Contains(text, "url(") || strings.Contains(text, "@import") {
		t.Error("loads something from elsewhere")
	}
}
