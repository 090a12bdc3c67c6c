package models_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/models"
)

// What cannot be opened comes with what to do, and with no password.
func TestDatabasesThatCannotBeOpened(t *testing.T) {
	t.Parallel()
	text := filepath.Join(t.TempDir(), "notes.txt")
	if err := os.WriteFile(text, []byte(strings.Repeat("not a database\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"sqlite:" + text: "file is not a database (26): correct database.url, or move the file away",
		"sqlite:" + filepath.Join(filepath.Dir(text), "no", "x.db"): "check that the directory exists and is writable",
		"postgres://u:hunter2@db/app?sslmode=nonsense":              "look at the values behind ?",
	} {
		db, err := models.Open(url, models.Options{})
		if err == nil {
			_ = db.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
