package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"
)

// stopsWithin is how long a daemon may take to stop: its requests get 15 s
// (handlers.Serve), then the spool is drained.
const stopsWithin = 15*time.Second + lastDrain

// projectFile reads a file of the project.
func projectFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tree is a document of YAML; at walks it.
type tree map[string]any

func parseTrees(t *testing.T, text string) (all []tree) {
	t.Helper()
	decoder := yaml.NewDecoder(strings.NewReader(text))
	for {
		var document tree
		err := decoder.Decode(&document)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, document)
	}
}

// at returns what stands below the keys, nil if there is no such thing.
func at(node any, keys ...string) any {
	for _, key := range keys {
		section, ok := node.(tree) // the decoder makes sections of the type of the outermost
		if !ok {
			return nil
		}
		node = section[key]
	}
	return node
}

// textAt is at for a text, which must be there.
func textAt(t *testing.T, node any, keys ...string) string {
	t.Helper()
	text, ok := at(node, keys...).(string)
	if !ok {
		t.Errorf("no text at %s: %v", strings.Join(keys, "."), at(node, keys...))
	}
	return text
}

// listAt is at for a list.
func listAt(node any, keys ...string) []any {
	list, _ := at(node, keys...).([]any)
	return list
}

// wordsAt is listAt for a command's words.
func wordsAt(node any, keys ...string) (all []string) {
	for _, word := range listAt(node, keys...) {
		text, _ := word.(string)
		all = append(all, text)
	}
	return all
}

// mustParse fails unless the words are a command of the program, with flags
// that it has.
func mustParse(t *testing.T, arguments []string) {
	t.Helper()
	p := &program{stdout: io.Discard, stderr: io.Discard}
	cmd, rest, err := p.root().Find(arguments)
	if err == nil {
		err = cmd.ParseFlags(rest)
	}
	if err == nil {
		err = positional(cmd)
	}
	switch {
	case err != nil:
		t.Errorf("usersync %s: %v", strings.Join(arguments, " "), err)
	case !cmd.Runnable() || !cmd.HasParent() && len(arguments) > 0 && !strings.HasPrefix(arguments[0], "-"):
		t.Errorf("usersync %s: no command", strings.Join(arguments, " "))
	}
}

// positional checks the words that are no flags.
func positional(cmd *cobra.Command) error {
	return cmd.ValidateArgs(cmd.Flags().Args())
}

// image is what the Dockerfile says about the final stage.
type image struct {
	user        string
	environment []string
	text        string
}

func readImage(t *testing.T) image {
	t.Helper()
	_, final, found := strings.Cut(projectFile(t, "Dockerfile"), "\nFROM scratch")
	if !found {
		t.Fatal("the Dockerfile has no final stage from scratch")
	}
	i := image{text: final}
	for line := range strings.Lines(final) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "USER":
			i.user = rest
		case "ENV":
			i.environment = append(i.environment, rest)
		}
	}
	return i
}

// The final stage has no shell, so whoever it runs as must be a number, and what
// it runs must be words.
func TestDockerfile(t *testing.T) {
	t.Parallel()
	i := readImage(t)
	if !regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`).MatchString(i.user) {
		t.Errorf("USER %s is no number, or root", i.user)
	}
	if strings.Contains(i.text, "\nRUN ") {
		t.Error("RUN in a stage without a shell")
	}
	// Else no list of users is read: there is no other place to write to.
	if !strings.Contains(i.text, "\nENV TMPDIR=/data\n") || !strings.Contains(i.text, "\nVOLUME /data\n") {
		t.Error("temporary files do not go to the volume")
	}
	healthcheck := regexp.MustCompile(`HEALTHCHECK .*CMD \["/usersync", "(\w+)"\]`).FindStringSubmatch(i.text)
	command := regexp.MustCompile(`\nCMD \["(\w+)"\]`).FindStringSubmatch(i.text)
	if healthcheck == nil || command == nil {
		t.Fatalf("no health check or no command in:\n%s", i.text)
	}
	mustParse(t, healthcheck[1:])
	mustParse(t, command[1:])
	for _, ignored := range []string{"deploy", "docs", ".git", "bin", "usersync.yaml", ".env"} {
		if !slices.Contains(strings.Split(projectFile(t, ".dockerignore"), "\n"), ignored) {
			t.Errorf(".dockerignore lets %s into the build", ignored)
		}
	}
}

// secretFiles makes a file for each name and returns their folder.
func secretFiles(t *testing.T, names []string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range names {
		text := "whsec_c2VjcmV0LXRoYXQtaXMtdGhpcnR5LXR3by1ieXRlcw=="
		if strings.Contains(name, "database") {
			text = "postgres://usersync:secret@db.example.com:5432/app"
		}
		if err := os.WriteFile(filepath.Join(dir, name), bytes.TrimSpace([]byte(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// writeText writes a file of its own folder.
func writeText(t *testing.T, name, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
