package config_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"

	"usersync/internal/config"
)

// compiledSchema is the schema as a validator has it.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := config.Schema()
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// validate is what a validator says of a YAML text.
func validate(t *testing.T, schema *jsonschema.Schema, text string) error {
	t.Helper()
	var value any
	if err := yaml.Unmarshal([]byte(text), &value); err != nil {
		return err
	}
	written, err := json.Marshal(value)
	if err != nil {
		return err
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(written))
	if err != nil {
		t.Fatal(err)
	}
	return schema.Validate(instance)
}

// What the documents show is what editors take.
func TestTheExamplesFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	lines := example(t)
	if err := validate(t, schema, strings.Join(lines, "\n")); err != nil {
		t.Errorf("config.example.yaml: %v", err)
	}
	blocks := 0
	for start := 0; start < len(lines); start++ {
		if !off.MatchString(lines[start]) {
			continue
		}
		end := start
		for end < len(lines) && off.MatchString(lines[end]) {
			end++
		}
		if err := validate(t, schema, strings.Join(switchOn(lines, start, end), "\n")); err != nil {
			t.Errorf("with %s: %v", lines[start], err)
		}
		start, blocks = end, blocks+1
	}
	if blocks < 20 {
		t.Errorf("only %d blocks", blocks)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, fence := range regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(readme), -1) {
		if strings.Contains(fence[1], "providers:") {
			found++
			if err := validate(t, schema, fence[1]); err != nil {
				t.Errorf("README: %v\n%s", err, fence[1])
			}
		}
	}
	t.Logf("%d configurations of the README", found)
}

func TestDefinitionsInAConfigurationFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	for text, fits := range map[string]bool{
		`{providers: {a: {definition: {extends: authon}}}}`:                                        true,
		`{providers: {a: {definition: acme.yaml}}}`:                                                true,
		`{providers: {a: {definition: {extends: authon, unpack: "${X}", list: null}}}}`:            true,
		`{providers: {a: {definition: {extends: authon, user: {fields: {email: null, nam: x}}}}}}`: false,
		`{providers: {a: {definition: {extends: auton}}}}`:                                         false,
		`{providers: {a: {definition: {unpack: json}}}}`:                                           false,
		`{providers: {a: {definition: {verify: {secret: {bearer: true}}, unpack: json, user: {}, event: {id: i, type: t, time: at, user: u, types: {a: user.created}}}}}}`: true,
		`{providers: {a: {type: authon, secrets: ["${A}", 5], tolerance: 1m30s, reconcile: {every: 0, max_deletes: 5%}}}}`:                                                 true,
		`{providers: {a: {type: authon, tolerance: soon}}}`: false,
		`{max_body: 1MiB, spool: {max_bytes: 1 GB}}`:        true,
		`{max_body: -1}`:         false,
		`{log: {level: inf}}`:    false,
		`{log: {level: "${L}"}}`: true,
		`{listen: , log: }`:      true,
	} {
		if err := validate(t, schema, text); (err == nil) != fits {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// unseen are the files of testdata/faults with what a schema cannot see.
func unseen() []string {
	return slices.Sorted(slices.Values([]string{
		// What a text means: addresses, URLs, names and files.
		"allow-ips", "database-file-name", "database-hosts", "database-keyword", "database-memory", "database-no-file", "database-options",
		"database-password", "database-path", "database-scheme", "database-slash", "database-word", "empty-path", "listen", "public-url", "spool", "users-table",
		"tls-missing",
		// What belongs together, or must differ.
		"admin-token", "admin-token-empty", "api", "body-not-spooled", "file-twins", "same-port", "secret-missing", "spool-too-small", "sqlite-only",
		"tls-half", "tls-other-half",
		// What an action depends on, and what a template is.
		"action-dependencies", "action-template",
		// How long a duration is.
		"ack-deadline",
		// Which command it is for, and what the environment holds.
		"empty-providers", "no-providers", "allow-ips-empty-variable", "unset-variable",
		// It sees the first document.
		"two-documents",
	}))
}

func TestTheSchemaSeesFaults(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	var missed []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if validate(t, schema, string(text)) == nil {
			missed = append(missed, strings.TrimSuffix(filepath.Base(file), ".yaml"))
		}
	}
	slices.Sort(missed)
	if !slices.Equal(missed, unseen()) {
		t.Errorf("the schema does not see %q\nwant\n%q", missed, unseen())
	}
}
