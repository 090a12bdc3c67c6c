package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the project's root as seen from this package.
const root = "../.."

func TestArchitecture(t *testing.T) {
	t.Parallel()
	found, err := Check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range found {
		t.Error(violation)
	}
	sum, err := Measure(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, median %d lines, nine of ten up to %d", sum.Files, sum.Median, sum.P90)
}

// TestModuleName guards the rules against a renamed module: they would then
// match nothing and pass.
func TestModuleName(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(text), "module "+module+"\n") {
		t.Fatalf("go.mod does not begin with %q: change the constant module in rules.go", "module "+module)
	}
}

// TestPlantedViolationsAreFound checks the checker: the tree in testdata breaks
// every rule, and expected.txt is the full list of what must be said about it.
func TestPlantedViolationsAreFound(t *testing.T) {
	t.Parallel()
	found, err := Check("testdata/planted")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, violation := range found {
		fmt.Fprintln(&got, violation)
	}
	want, err := os.ReadFile("testdata/planted/expected.txt")
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got:\n%s\nwant:\n%s", got.String(), want)
	}
	for _, rule := range importRules {
		if !strings.Contains(got.String(), rule.reason) {
			t.Errorf("no planted violation of the rule %q", rule.reason)
		}
	}
}

func TestNoGoNamesAProvider(t *testing.T) {
	t.Parallel()
	found, err := CheckNames(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, violation := range found {
		t.Error(violation)
	}
}

func TestNamesAreFound(t *testing.T) {
	t.Parallel()
	found, err := CheckNames("testdata/named")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, violation := range found {
		got = append(got, violation.File+" "+violation.What)
	}
	want := []string{"a.go names acme in line 3", "b_test.go names Acme in line 3", "deep/c.go names ACME in line 5"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLengths(t *testing.T) {
	t.Parallel()
	tree := func(lines ...int) []source {
		var files []source
		for i, n := range lines {
			files = append(files, source{file: fmt.Sprintf("f%d.go", i), lines: n})
		}
		return files
	}
	for name, test := range map[string]struct {
		files []source
		want  int
	}{
		"no files":        {nil, 0},
		"too few to tell": {tree(900, 900), 0},
		"short":           {tree(50, 60, 70, 80, 90, 100, 110, 120, 130, 139), 0},
		"long median":     {tree(50, 60, 70, 80, 90, 140, 150, 160, 170, 180), 1},
		"long tail":       {tree(50, 60, 70, 80, 90, 100, 110, 120, 130, 450), 1},
		"both":            {tree(500, 500, 500, 500, 500, 500, 500, 500, 500, 500), 2},
	} {
		if got := checkLengths(test.files); len(got) != test.want {
			t.Errorf("%s: got %v, want %d violations", name, got, test.want)
		}
	}
}
