package providerpages_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/config"
	"usersync/internal/providerpages"
	"usersync/providers"
	usersync "usersync/sync"
)

var update = flag.Bool("update", false, "write the pages; read the diff before committing it")

// folder is where the pages stand.
const folder = "../../docs/providers"

// Every page is as its definition has it, and there are no others.
func TestPagesAreFresh(t *testing.T) {
	t.Parallel()
	index, err := providerpages.Index(providers.Types())
	if err != nil {
		t.Fatal(err)
	}
	pages := map[string]string{"README.md": index}
	for _, typ := range providers.Types() {
		if pages[typ+".md"], err = providerpages.Page(typ); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range pages {
		file := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(file); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("docs/providers/%s is stale (%v): run `go test ./internal/providerpages -update`", name, err)
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, known := pages[file.Name()]; !known {
			t.Errorf("docs/providers/%s is about no built-in definition: remove it", file.Name())
		}
	}
}

// What a page has to paste is a whole configuration, and enough to ask the
// provider for its users.
func TestWhatIsPastedLoads(t *testing.T) {
	t.Parallel()
	for _, typ := range providers.Types() {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			page, err := providerpages.Page(typ)
			if err != nil {
				t.Fatal(err)
			}
			_, rest, found := strings.Cut(page, "   ```yaml\n")
			pasted, _, closed := strings.Cut(rest, "   ```\n")
			if !found || !closed {
				t.Fatal("the page has nothing to paste")
			}
			c, err := config.Load(config.Options{
				File:          write(t, strings.ReplaceAll("\n"+pasted, "\n   ", "\n")),
				Environ:       environment(typ),
				Dir:           t.TempDir(),
				NeedProviders: true,
			})
			if err != nil {
				t.Fatalf("%v\n%s", err, pasted)
			}
			api := c.Providers[typ].API
			_, err = c.Built[typ].Lister(providers.APISettings{URL: api.URL, Key: api.Key, Params: api.Params, Variant: api.Variant}, usersync.OriginBackfill)
			if listed := strings.Contains(page, "`usersync backfill "+typ+"`"); (err == nil) != listed {
				t.Errorf("the page says that there is a list: %v. But %v\n%s", listed, err, pasted)
			}
		})
	}
}

// environment has what the configuration of a page asks for: the credentials
// that sign the recorded requests.
func environment(typ string) []string {
	prefix := strings.ToUpper(typ)
	environ := []string{prefix + "_API_KEY=id:secret"}
	for variable, file := range map[string]string{"_WEBHOOK_SECRET": "secret.txt", "_WEBHOOK_TOKEN": "bearer.txt"} {
		if value, err := os.ReadFile(filepath.Join("../../providers/testdata", typ, file)); err == nil {
			environ = append(environ, prefix+variable+"="+strings.TrimSpace(string(value)))
		}
	}
	return environ
}

func write(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestAnUnknownTypeHasNoPage(t *testing.T) {
	t.Parallel()
	if page, err := providerpages.Page("nothing"); err == nil {
		t.Errorf("%s", page)
	}
	if index, err := providerpages.Index([]string{"nothing"}); err == nil {
		t.Errorf("%s", index)
	}
}
