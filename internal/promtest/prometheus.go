package promtest

import (
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"usersync/internal/logtest"
	"usersync/internal/testtools"
)

// Server is a Prometheus of its own that watches daemons until the test ends.
type Server struct {
	t   *testing.T
	url string
}

// Watch starts Prometheus over targets, host:port each, with the shipped rules of a group,
// of which none waits before it fires.
func Watch(t *testing.T, root, group string, targets ...string) *Server {
	t.Helper()
	program, err := testtools.Here().Find(testtools.Prometheus())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rules := Rules(t, root)
	rules.Groups = slices.DeleteFunc(rules.Groups, func(g RuleGroup) bool { return g.Name != group })
	for i := range rules.Groups[0].Rules {
		rules.Groups[0].Rules[i].For = ""
	}
	writeYAML(t, filepath.Join(dir, "rules.yaml"), rules)
	writeYAML(t, filepath.Join(dir, "prometheus.yaml"), map[string]any{
		"global":         map[string]string{"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"},
		"rule_files":     []string{"rules.yaml"},
		"scrape_configs": []any{map[string]any{"job_name": "usersync", "static_configs": []any{map[string]any{"targets": targets}}}},
	})
	log := &logtest.Log{}
	cmd := exec.Command(program, "--config.file", filepath.Join(dir, "prometheus.yaml"), "--storage.tsdb.path", filepath.Join(dir, "data"),
		"--web.listen-address", "127.0.0.1:0")
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // nothing of it is kept
		_ = cmd.Wait()
		if t.Failed() {
			t.Log(log)
		}
	})
	said := log.Await(t, "where Prometheus listens", listening.MatchString)
	return &Server{t: t, url: "http://" + listening.FindStringSubmatch(said)[1]}
}

// listening is how Prometheus says which port it was given. One that a test had chosen
// before might be somebody else's by then.
var listening = regexp.MustCompile(`msg="Listening on".* address=(\S+)\s`)

func writeYAML(t *testing.T, file string, content any) {
	t.Helper()
	text, err := yaml.Marshal(content)
	if err == nil {
		err = os.WriteFile(file, text, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Firing are the alerts that fire, by name and provider; nil while Prometheus is not there.
func (s *Server) Firing() map[string]string {
	client := &http.Client{Timeout: 5 * time.Second}
	response, err := client.Get(s.url + "/api/v1/alerts")
	if err != nil {
		return nil // it is starting
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Alerts []struct {
				Labels map[string]string `json:"labels"`
				State  string            `json:"state"`
			} `json:"alerts"`
		} `json:"data"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil
	}
	firing := map[string]string{}
	for _, a := range answer.Data.Alerts {
		if a.State == "firing" {
			firing[a.Labels["alertname"]] += a.Labels["provider"]
		}
	}
	return firing
}
