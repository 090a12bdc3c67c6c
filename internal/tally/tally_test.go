package tally_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"usersync/internal/tally"
	usersync "usersync/sync"
)

func ids(from, to int) []usersync.UUID {
	var all []usersync.UUID
	for i := from; i < to; i++ {
		all = append(all, usersync.UserKey{Provider: "p", UserID: fmt.Sprint(i)}.ID())
	}
	return all
}

// What was added is there, in whatever order and however often it was added,
// and nothing else is.
func TestTally(t *testing.T) {
	for _, count := range []int{0, 1, 1000, 200_000} {
		dir := t.TempDir()
		t.Setenv("TMPDIR", dir)
		listed, err := tally.New()
		if err != nil {
			t.Fatal(err)
		}
		random := rand.New(rand.NewPCG(1, 2))
		added := ids(0, count)
		repeated := slices.Concat(added, added[:count/10])
		random.Shuffle(len(repeated), func(i, j int) { repeated[i], repeated[j] = repeated[j], repeated[i] })
		for _, id := range repeated {
			if err := listed.Add(id); err != nil {
				t.Fatal(err)
			}
		}
		want := map[usersync.UUID]bool{}
		for _, id := range added {
			want[id] = true
		}
		asked := slices.Concat(added, ids(count, 2*count+10))
		slices.SortFunc(asked, func(a, b usersync.UUID) int { return bytes.Compare(a[:], b[:]) })
		for range 2 { // the roll may be called again
			has, err := listed.Check()
			if err != nil {
				t.Fatal(err)
			}
			wrong := 0
			for _, id := range asked {
				if there, err := has(id); err != nil || there != want[id] {
					wrong++
				}
			}
			if wrong > 0 {
				t.Errorf("%d of %d answers are wrong", wrong, len(asked))
			}
		}
		if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
			t.Errorf("kill -9 would leave %v", left)
		}
		if err := listed.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestNoRoomForATally(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "no such directory"))
	if _, err := tally.New(); err == nil {
		t.Error("made without a directory")
	}
}

func TestFileThatIsTooShort(t *testing.T) {
	t.Parallel()
	listed, err := tally.New()
	if err != nil {
		t.Fatal(err)
	}
	defer listed.Close()
	for _, id := range ids(0, 70_000) {
		if err := listed.Add(id); err != nil {
			t.Fatal(err)
		}
	}
	has, err := listed.Check()
	if err != nil {
		t.Fatal(err)
	}
	if err := tally.TruncateForTest(listed, 100); err != nil {
		t.Fatal(err)
	}
	for _, id := range ids(0, 70_000) {
		if err == nil {
			_, err = has(id)
		}
	}
	if err == nil {
		t.Error("a damaged file was taken for a list")
	}
}
