package promtest

import (
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

// Rule is an alert rule as the file has it.
type Rule struct {
	Alert       string            `yaml:"alert"`
	Expr        string            `yaml:"expr"`
	For         string            `yaml:"for,omitempty"`
	Labels      map[string]string `yaml:"labels"`
	Annotations map[string]string `yaml:"annotations"`
}

// RuleFile is a file of rules.
type RuleFile struct {
	Groups []RuleGroup `yaml:"groups"`
}

// RuleGroup is a group of a file.
type RuleGroup struct {
	Name  string `yaml:"name"`
	Rules []Rule `yaml:"rules"`
}

// Alerts are the rules of all groups.
func (f RuleFile) Alerts() (all []Rule) {
	for _, g := range f.Groups {
		all = append(all, g.Rules...)
	}
	return all
}

// Prometheus is the folder of what is shipped for Prometheus, as seen from the root.
const Prometheus = "deploy/prometheus"

// Rules reads the shipped rules, from a checkout's root.
func Rules(t *testing.T, root string) (f RuleFile) {
	t.Helper()
	readYAML(t, filepath.Join(root, Prometheus, "usersync.rules.yaml"), &f)
	return f
}

func readYAML(t *testing.T, file string, into any) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err == nil {
		err = yaml.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}
