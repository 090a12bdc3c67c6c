package promtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// Dashboard is what Grafana is given, as far as it is tested.
type Dashboard struct {
	Title      string `json:"title"`
	UID        string `json:"uid"`
	Panels     []Panel
	Templating struct {
		List []struct {
			Name       string `json:"name"`
			Type       string `json:"type"`
			Definition string `json:"definition"`
		} `json:"list"`
	} `json:"templating"`
}

// Panel is one of its panels.
type Panel struct {
	ID          int    `json:"id"`
	Type        string `json:"type"`
	Title       string `json:"title"`
	Description string `json:"description"`
	Datasource  struct {
		UID string `json:"uid"`
	} `json:"datasource"`
	Place struct {
		X, Y, W, H int
	} `json:"gridPos"`
	Targets []Target `json:"targets"`
	Panels  []Panel  `json:"panels"` // of a row that is folded
}

// Target is a query of a panel.
type Target struct {
	Ref        string `json:"refId"`
	Expr       string `json:"expr"`
	Datasource struct {
		UID string `json:"uid"`
	} `json:"datasource"`
}

// All are the panels, also those in rows.
func (d Dashboard) All() (all []Panel) {
	for _, p := range d.Panels {
		all = append(append(all, p), p.Panels...)
	}
	return all
}

// Grafana reads the shipped dashboard, from a checkout's root.
func Grafana(t *testing.T, root string) (d Dashboard) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "deploy", "grafana", "usersync.json"))
	if err == nil {
		err = json.Unmarshal(text, &d)
	}
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// variable is a place that Grafana fills in.
var variable = regexp.MustCompile(`\$\{?(\w+)\}?`)

// Variables are the names of what Grafana fills in.
func Variables(expr string) (names []string) {
	for _, m := range variable.FindAllStringSubmatch(expr, -1) {
		names = append(names, m[1])
	}
	return names
}

// Plain is an expression as Prometheus gets it.
func Plain(expr string) string {
	return variable.ReplaceAllStringFunc(expr, func(v string) string {
		if Variables(v)[0] == "__rate_interval" {
			return "5m"
		}
		return ".*"
	})
}
