package config_test

import (
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"usersync/internal/config"
)

// exampleEnvironment sets what the example expects, and nothing that it gives
// a default for.
func exampleEnvironment() []string {
	var pairs []string
	for _, name := range []string{
		"AUTHON_WEBHOOK_SECRET", "AUTHARA_WEBHOOK_SECRET", "AUTHON_PRO_WEBHOOK_SECRET",
		"NODE_AUTH_WEBHOOK_SECRET", "AUTHPI_WEBHOOK_SECRET", "AUTHPI_WEBHOOK_TOKEN",
	} {
		pairs = append(pairs, name+"=whsec_sentinel_1")
	}
	return pairs
}

func example(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../config.example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func TestTheExampleLoads(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, strings.Join(example(t), "\n"), config.Options{Environ: exampleEnvironment()})
	defaults := mustLoad(t, oneProvider, config.Options{})
	if len(c.Warnings) > 0 {
		t.Errorf("warnings %q", c.Warnings)
	}
	c.Providers, c.Built, defaults.Providers, defaults.Built = nil, nil, nil, nil
	c.Admin.Token = defaults.Admin.Token
	if c.String() != defaults.String() {
		t.Errorf("the example is not the defaults:\n%s\ndefaults:\n%s", c, defaults)
	}
}

// A setting that is off: #key: value, and deeper lines below it.
var off = regexp.MustCompile(`^( *)#((?:  )*)([a-z_.*]+)(:.*)$`)

// Each block of settings that are off must load when it is switched on, in
// place of the active settings that it is the alternative of.
func TestEveryOffSettingOfTheExampleLoads(t *testing.T) {
	t.Parallel()
	lines := example(t)
	blocks := 0
	for start := 0; start < len(lines); start++ {
		if !off.MatchString(lines[start]) {
			continue
		}
		end := start
		for end < len(lines) && off.MatchString(lines[end]) {
			end++
		}
		text := strings.Join(switchOn(lines, start, end), "\n")
		name := strings.TrimSpace(lines[start])
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "secret", "whsec_sentinel_1")
			write(t, dir, "url", "sqlite:x.db")
			write(t, dir, "address", "https://app.example.com/hooks")
			write(t, dir, "key", "whsec_c2VjcmV0LXRoYXQtaXMtdGhpcnR5LXR3by1ieXRlcw==")
			text := strings.NewReplacer(
				"/run/secrets/usersync_database_url", filepath.Join(dir, "url"),
				"/run/secrets/notify_chat_url", filepath.Join(dir, "address"),
				"/run/secrets/notify_chat_secret", filepath.Join(dir, "key"),
			).Replace(text)
			text = regexp.MustCompile(`/(run/secrets|etc/usersync)/\S+`).ReplaceAllString(text, filepath.Join(dir, "secret"))
			if _, err := load(t, text, config.Options{Environ: exampleEnvironment(), Dir: dir}); err != nil {
				t.Errorf("%v\n%s", err, text)
			}
		})
		start = end
		blocks++
	}
	if blocks < 20 {
		t.Errorf("only %d blocks", blocks)
	}
}

// switchOn makes the lines from start to before end active. An active line
// above with the same key, or the key whose file is named, gives way.
func switchOn(lines []string, start, end int) []string {
	out := append([]string{}, lines...)
	first := off.FindStringSubmatch(lines[start])
	same := regexp.MustCompile(`^` + first[1] + strings.TrimSuffix(first[3], "_file") + `:`)
	for i := start - 1; i > 0 && (strings.HasPrefix(out[i], first[1]) || out[i] == ""); i-- {
		if same.MatchString(out[i]) {
			out[i] = ""
		}
	}
	for i := start; i < end; i++ {
		out[i] = off.ReplaceAllString(lines[i], "$1$2$3$4")
	}
	return out
}

// Every key of Config, and the file twin of every secret, is explained.
func TestTheExampleHasEveryKey(t *testing.T) {
	t.Parallel()
	text := strings.Join(example(t), "\n")
	for _, key := range keysOf(reflect.TypeFor[config.Config]()) {
		if !regexp.MustCompile(`(?m)^ *#? *` + key + `:`).MatchString(text) {
			t.Errorf("no line for %s", key)
		}
	}
}

func keysOf(t reflect.Type) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Map || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return nil
	}
	var keys []string
	for i := range t.NumField() {
		field := t.Field(i)
		key, _, _ := strings.Cut(field.Tag.Get("koanf"), ",")
		if key == "-" {
			continue
		}
		if key != "" {
			keys = append(keys, key)
		}
		if strings.HasSuffix(field.Type.String(), "secret.Text") && field.Type.Kind() != reflect.Map {
			keys = append(keys, key+"_file")
		}
		keys = append(keys, keysOf(field.Type)...)
	}
	return keys
}
