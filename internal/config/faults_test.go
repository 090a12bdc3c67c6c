package config_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"usersync/internal/config"
	"usersync/providers"
)

var update = flag.Bool("update", false, "write the faults that were found into testdata/faults")

// Each file of testdata/faults has one fault, or several of one sort, and is
// named after it. Its first lines say what is reported, "#! " before each, and
// what is set in the environment, "#$ " before each. {types} stands there for
// the provider types, so that a new one breaks nothing.
func TestFaults(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want, environ []string
			for line := range strings.Lines(string(text)) {
				line = strings.TrimSuffix(line, "\n")
				if fault, ok := strings.CutPrefix(line, "#! "); ok {
					want = append(want, fault)
				}
				if pair, ok := strings.CutPrefix(line, "#$ "); ok {
					environ = append(environ, pair)
				}
			}
			dir := t.TempDir()
			write(t, dir, "empty", "\n")
			write(t, dir, "token", "sentinel")
			_, err = load(t, string(text), config.Options{Environ: environ, Dir: dir})
			got := faultsOf(t, err)
			for i := range got {
				got[i] = strings.ReplaceAll(got[i], strings.Join(providers.Types(), ", "), "{types}")
			}
			if *update {
				rewrite(t, file, text, len(want), got)
			} else if !slices.Equal(got, want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if all := strings.Join(got, "\n"); strings.Contains(all, "sentinel") {
				t.Errorf("a value is shown:\n%s", all)
			}
		})
	}
}

// rewrite puts the faults at the head of a file. Run it twice if their number
// changed, as that moves the lines.
func rewrite(t *testing.T, file string, text []byte, old int, faults []string) {
	t.Helper()
	for range old {
		_, text, _ = bytes.Cut(text, []byte("\n"))
	}
	var head strings.Builder
	for _, fault := range faults {
		head.WriteString("#! " + fault + "\n")
	}
	if err := os.WriteFile(file, append([]byte(head.String()), text...), 0o600); err != nil {
		t.Fatal(err)
	}
}
