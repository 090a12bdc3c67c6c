package models_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/internal/storetest"
	"usersync/models"
	usersync "usersync/sync"
)

// Nothing of an erased user is left in the file, neither of older addresses nor of
// dead letters that were applied before.
func TestNothingIsLeftInTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "users.db")
	db := open(t, "sqlite:"+file, models.Options{})
	for n := range 100 {
		if err := applyOne(t, db, profiled(fmt.Sprint("other", n))); err != nil {
			t.Fatal(err)
		}
	}
	for n := range 30 {
		c := profiled("victim")
		c.EventID, c.OccurredAt = fmt.Sprint("e", n), c.OccurredAt+usersync.Micros(n)
		c.Fields[usersync.FieldEmail] = usersync.TextValue(strings.Repeat("v", 10*n) + "victim@example.com")
		letter := usersync.DeadLetter{Provider: "p", Reason: "bad_field", Payload: []byte(strings.Repeat("v", 300*n) + "victim@example.com"), ReceivedAt: storetest.Base}
		if r := storetest.Engine(db.Store()).Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}, Letters: []usersync.DeadLetter{letter}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
		page, err := db.Letters().LetterPage(t.Context(), usersync.LetterScope{}, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Letters().RemoveLetters(t.Context(), page); err != nil {
			t.Fatal(err)
		}
	}
	eraseNow(t, db, "victim")
	if err := db.Close(); err != nil { // a checkpoint
		t.Fatal(err)
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(kept, []byte("other99")) || bytes.Contains(kept, []byte("victim")) {
		t.Errorf("%d times in %d bytes", bytes.Count(kept, []byte("victim")), len(kept))
	}
}
