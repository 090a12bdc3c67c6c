package usersync_test

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// A row written by a released version must stay readable: this is one.
func TestStoredFormIsPinned(t *testing.T) {
	t.Parallel()
	c := event(3, created, named("evt_1"), email("a@x"), verified(true), flag(notBanned),
		with(usersync.FieldMetadata, usersync.JSONValue(`{"plan":"pro"}`)))
	later := event(5, changed, named("evt_2"), email("b@x"), updated(at(4)), sequence(7))
	s := usersync.Join(usersync.Facts(&c), usersync.Facts(&later))
	const pinned = "01060280ade20480a4e80307056576745f32809bee020000056576745f31838103020505050502029c40d2e5ce24535086fada67eb3ec8"
	got := usersync.EncodeState(nil, &s)
	if hex.EncodeToString(got) != pinned {
		t.Errorf("the stored form changed: add a version\n got %x\nwant %s", got, pinned)
	}
}

func TestStoredFormIsSmall(t *testing.T) {
	t.Parallel()
	c := event(1_768_473_000, created, named("evt_1a2b3c4d5e6f7a8b9c0d1e2f"), email("a@x"), verified(true), flag(notBanned),
		with(usersync.FieldName, usersync.TextValue("Ann")), with(usersync.FieldMetadata, usersync.JSONValue(`{}`)))
	s := usersync.Facts(&c)
	if size := len(usersync.EncodeState(nil, &s)); size > 100 {
		t.Errorf("%d bytes", size)
	}
}

func TestDamagedStateIsRefused(t *testing.T) {
	t.Parallel()
	view := usersync.View{}
	c := event(3, created, email("a@x"), redact)
	s := usersync.Facts(&c)
	whole := usersync.EncodeState(nil, &s)
	for n := 1; n < len(whole); n++ {
		if _, err := usersync.DecodeState(whole[:n], &view); err == nil {
			t.Errorf("cut after %d bytes: accepted", n)
		}
	}
	if _, err := usersync.DecodeState(append(bytes.Clone(whole), 0), &view); err == nil {
		t.Error("a byte too many: accepted")
	}
	if _, err := usersync.DecodeState([]byte{2, 0, 0, 0}, &view); err == nil {
		t.Error("a newer version: accepted")
	}
	if s, err := usersync.DecodeState([]byte(nil), &view); err != nil || !s.Equal(usersync.State{}) {
		t.Errorf("no bytes are no knowledge: %v %v", s, err)
	}
}

func TestLatestStamp(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(3, 3))
	for range 500 {
		for _, s := range storetest.Fold(storetest.History(random, 1, 5)) {
			want := s.Floor.At
			for f := range s.Registers {
				want = max(want, s.Registers[f].Stamp.At)
			}
			blob := usersync.EncodeState(nil, &s)
			if got := usersync.LatestStamp(blob); got != want {
				t.Fatalf("%d, want %d", got, want)
			}
			blob[0]++
			if got := usersync.LatestStamp(blob); got != 0 {
				t.Fatalf("%d of a newer version", got)
			}
		}
	}
	if usersync.LatestStamp(nil) != 0 || usersync.LatestStamp([]byte{1, 0, 9, 1}) != 0 {
		t.Error("what cannot be read has a stamp")
	}
}

func FuzzDecodeState(f *testing.F) {
	random := rand.New(rand.NewPCG(1, 1))
	for range 20 {
		for _, s := range storetest.Fold(storetest.History(random, 1, 5)) {
			f.Add(usersync.EncodeState(nil, &s))
		}
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		var empty usersync.State
		view := usersync.Project(&empty)
		s, err := usersync.DecodeState(blob, &view)
		if err != nil || len(blob) == 0 {
			return
		}
		// What was understood is kept, if not in the same bytes.
		shown := usersync.Project(&s)
		again, err := usersync.DecodeState(usersync.EncodeState(nil, &s), &shown)
		if err != nil || again.Floor != s.Floor {
			t.Fatalf("%x: %v\n got %+v\nwant %+v", blob, err, again, s)
		}
		for i := range s.Registers {
			if s.Registers[i].Value.Present() && s.Registers[i].Stamp != again.Registers[i].Stamp {
				t.Fatalf("%x: register %v\n got %+v\nwant %+v", blob, usersync.Field(i), again.Registers[i], s.Registers[i])
			}
		}
	})
}
