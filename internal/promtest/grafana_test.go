package promtest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"go.yaml.in/yaml/v3"

	"usersync/internal/promtest"
)

// A dashboard that Grafana loads: its panels have places, names and queries of their own.
func TestTheDashboardOfGrafana(t *testing.T) {
	t.Parallel()
	d := promtest.Grafana(t, root)
	variables := []string{"__rate_interval"}
	for _, v := range d.Templating.List {
		variables = append(variables, v.Name)
	}
	if d.UID != "usersync" || !slices.Contains(variables, "datasource") || !slices.Contains(variables, "provider") {
		t.Errorf("%s has the variables %v", d.UID, variables)
	}
	ids, titles := map[int]bool{}, map[string]bool{}
	taken := map[[2]int]string{}
	for _, p := range d.All() {
		if p.ID == 0 || ids[p.ID] || p.Title == "" || titles[p.Title] {
			t.Errorf("panel %d, %q: not the only one of its id and title", p.ID, p.Title)
		}
		ids[p.ID], titles[p.Title] = true, true
		if p.Place.W < 1 || p.Place.H < 1 || p.Place.X < 0 || p.Place.X+p.Place.W > 24 {
			t.Errorf("%s: its place is %+v", p.Title, p.Place)
		}
		for x := p.Place.X; x < p.Place.X+p.Place.W; x++ {
			for y := p.Place.Y; y < p.Place.Y+p.Place.H; y++ {
				if other := taken[[2]int{x, y}]; other != "" {
					t.Fatalf("%s lies over %s", p.Title, other)
				}
				taken[[2]int{x, y}] = p.Title
			}
		}
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("%s: described %q, %d queries of %s", p.Title, p.Description, len(p.Targets), p.Datasource.UID)
		}
		refs := map[string]bool{}
		for _, q := range p.Targets {
			if q.Ref == "" || refs[q.Ref] || q.Datasource.UID != "${datasource}" {
				t.Errorf("%s: query %q of %s", p.Title, q.Ref, q.Datasource.UID)
			}
			refs[q.Ref] = true
			for _, name := range promtest.Variables(q.Expr) {
				if !slices.Contains(variables, name) {
					t.Errorf("%s: there is no variable %s", p.Title, name)
				}
			}
		}
	}
}

// Each query is one that Prometheus understands: promtool reads it as a rule.
func TestQueriesOfGrafana(t *testing.T) {
	t.Parallel()
	type recording struct {
		Record string `yaml:"record"`
		Expr   string `yaml:"expr"`
	}
	type group struct {
		Name  string      `yaml:"name"`
		Rules []recording `yaml:"rules"`
	}
	written := func(extra ...string) (file string) {
		g := group{Name: "queries"}
		for _, p := range promtest.Grafana(t, root).All() {
			for _, q := range p.Targets {
				g.Rules = append(g.Rules, recording{fmt.Sprintf("panel_%d:%s", p.ID, q.Ref), promtest.Plain(q.Expr)})
			}
		}
		for i, expr := range extra {
			g.Rules = append(g.Rules, recording{fmt.Sprint("extra:", i), expr})
		}
		text, err := yaml.Marshal(map[string][]group{"groups": {g}})
		if err != nil {
			t.Fatal(err)
		}
		file = filepath.Join(t.TempDir(), "queries.yaml")
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	if said, err := promtest.Promtool(t, ".", "", "check", "rules", written()); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
	if said, err := promtest.Promtool(t, ".", "", "check", "rules", written("sum by (usersync_up")); err == nil {
		t.Errorf("a query that is none is taken: %s", said)
	}
}
