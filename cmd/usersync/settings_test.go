package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Flags beat the environment, which beats the file; the last flag of a key
// counts, and a value may hold an equals sign.
func TestSettingsBeatEnvironmentAndFile(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	file := writeConfig(t, "sqlite:"+filepath.Join(folder, "file.db"), "")
	environ := []string{"USERSYNC_DATABASE__URL=sqlite:" + filepath.Join(folder, "environment.db")}
	for want, words := range map[string][]string{
		"environment.db": nil,
		"flag=1.db":      {"--set", "database.url=sqlite:" + filepath.Join(folder, "flag=1.db")},
		"last.db":        {"--set", "database.url=sqlite:first.db", "--set", "database.url=sqlite:" + filepath.Join(folder, "last.db")},
	} {
		var out, errs bytes.Buffer
		p := &program{stdout: &out, stderr: &errs, environ: environ}
		if code := p.run(t.Context(), append([]string{"check", "--config", file}, words...)); code != exitOK || !strings.Contains(out.String(), "/"+want+" does not exist yet") {
			t.Errorf("exit code %d, want %s\n%s%s", code, want, &out, &errs)
		}
	}
}

// A word that is no setting may be a secret: it is not repeated.
func TestSettingsAreNotQuoted(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, "check", "--set", "hunter2", "--config", os.DevNull)
	if code != exitUsage || strings.Contains(out+errs, "hunter2") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
