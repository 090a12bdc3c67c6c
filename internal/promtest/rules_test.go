package promtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"usersync/internal/alarm"
	"usersync/internal/promtest"
)

// root is the project's root as seen from this package.
const root = "../.."

var shipped = filepath.Join(root, promtest.Prometheus)

func TestAlertsFireWhereTheyShould(t *testing.T) {
	t.Parallel()
	if said, err := promtest.Promtool(t, shipped, "", "test", "rules", "usersync.rules.test.yaml"); err != nil {
		t.Errorf("%v\n%s", err, said)
	}
}

// A rule that never fires is found, so the test above can fail.
func TestAnAlertThatDoesNotFireIsFound(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"usersync.rules.yaml", "usersync.rules.test.yaml"} {
		text, err := os.ReadFile(filepath.Join(shipped, name))
		if err != nil {
			t.Fatal(err)
		}
		// Of the tests, which begin with an empty line each, the one of this alert alone.
		parts := strings.Split(string(text), "\n\n  - name: ")
		if name == "usersync.rules.test.yaml" {
			parts = slices.DeleteFunc(parts, func(part string) bool {
				return !strings.HasPrefix(part, "#") && !strings.HasPrefix(part, "UsersyncDatabaseAway\n")
			})
		}
		broken := strings.Replace(strings.Join(parts, "\n\n  - name: "), "usersync_database_away == 1\n", "usersync_database_away == 2\n", 1)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	said, err := promtest.Promtool(t, dir, "", "test", "rules", "usersync.rules.test.yaml")
	if err == nil || strings.Count(said, "alertname: UsersyncDatabaseAway,") != 1 {
		t.Errorf("%v\n%s", err, said)
	}
}

// Each alert has a case in which it fires, and one in which it does not.
func TestEachAlertIsTested(t *testing.T) {
	t.Parallel()
	var file struct {
		Tests []struct {
			Series []struct {
				Series string `yaml:"series"`
			} `yaml:"input_series"`
			Cases []struct {
				Alert string `yaml:"alertname"`
				Exp   []struct {
					Labels map[string]string `yaml:"exp_labels"`
				} `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	text, err := os.ReadFile(filepath.Join(shipped, "usersync.rules.test.yaml"))
	if err == nil {
		err = yaml.Unmarshal(text, &file)
	}
	if err != nil {
		t.Fatal(err)
	}
	job := regexp.MustCompile(`job="([^"]*)"`)
	fires, quiet := map[string]bool{}, map[string]bool{}
	for _, test := range file.Tests {
		for _, c := range test.Cases {
			told := map[string]bool{}
			for _, exp := range c.Exp {
				told[exp.Labels["job"]], fires[c.Alert] = true, true
			}
			for _, s := range test.Series {
				if m := job.FindStringSubmatch(s.Series); m != nil && !told[m[1]] && !told[""] {
					quiet[c.Alert] = true
				}
			}
		}
	}
	for _, r := range promtest.Rules(t, root).Alerts() {
		if !fires[r.Alert] || !quiet[r.Alert] {
			t.Errorf("%s: tested where it fires: %v, where it does not: %v", r.Alert, fires[r.Alert], quiet[r.Alert])
		}
	}
}

// Whoever is paged reads what is wrong and where it stands what to do, and no data of users.
func TestWhatAlertsSay(t *testing.T) {
	t.Parallel()
	page := regexp.MustCompile(`^docs/OPERATIONS\.md#[a-z]+(-[a-z]+)*$`)
	said := regexp.MustCompile(`\$labels\.(\w+)`)
	anchors := map[string]bool{}
	readme, err := os.ReadFile(filepath.Join(shipped, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range promtest.Rules(t, root).Alerts() {
		switch r.Labels["severity"] {
		case string(alarm.Warning), string(alarm.Critical), "{{ $labels.severity }}":
		default:
			t.Errorf("%s: its severity is %q", r.Alert, r.Labels["severity"])
		}
		for _, name := range []string{"summary", "description"} {
			text := r.Annotations[name]
			if text == "" || strings.Contains(text, "\n") {
				t.Errorf("%s: its %s is %q", r.Alert, name, text)
			}
			for _, m := range said.FindAllStringSubmatch(text, -1) {
				switch m[1] {
				case "provider", "instance", "action", "kind", "severity":
				default:
					t.Errorf("%s: its %s tells the label %s", r.Alert, name, m[1])
				}
			}
		}
		if !page.MatchString(r.Annotations["runbook"]) {
			t.Errorf("%s: its runbook is %q", r.Alert, r.Annotations["runbook"])
		}
		_, anchor, _ := strings.Cut(r.Annotations["runbook"], "#")
		anchors[anchor] = true
		if line := "[" + anchor + "](../../" + r.Annotations["runbook"] + ") |"; !regexp.MustCompile("(?m)^\\| `" + r.Alert + "` .*" + regexp.QuoteMeta(line) + "$").Match(readme) {
			t.Errorf("README.md lacks %s with %s", r.Alert, line)
		}
	}
	// What the daemon calls an alarm has an alert of the same name.
	for _, kind := range alarm.Kinds() {
		if anchor := strings.ReplaceAll(string(kind), "_", "-"); !anchors[anchor] {
			t.Errorf("no alert is about #%s", anchor)
		}
	}
}

// The example is a configuration that Prometheus takes.
func TestTheScrapeExample(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"usersync.rules.yaml", "scrape-example.yaml"} {
		text, err := os.ReadFile(filepath.Join(shipped, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "usersync-admin-token"), []byte("t"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := promtest.Promtool(t, dir, "", "check", "config", "scrape-example.yaml"); err != nil || !strings.Contains(said, "rules found") {
		t.Errorf("%v\n%s", err, said)
	}
}
