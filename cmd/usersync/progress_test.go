package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	usersync "usersync/sync"
)

// Where nobody watches, a plain line comes every few seconds.
func TestPlainProgress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	at := time.Unix(1000, 0)
	show := newProgress(&out, "backfill", "users")
	show.clock, show.began, show.told = func() time.Time { return at }, at, at
	show.begin(1000) // by a run that was interrupted
	tell := func(seconds int, done int64, detail string) {
		at = at.Add(time.Duration(seconds) * time.Second)
		show.report(done, detail)
	}
	tell(1, 1100, "too soon")
	tell(4, 1500, "15 pages")
	show.expect(10_000)
	show.expect(0)
	tell(5, 2000, "20 pages")
	tell(6, 12_000, "more than expected")
	at = at.Add(9 * time.Second)
	show.silent()
	at = at.Add(time.Second)
	show.silent()
	const want = "backfill: 1500 users, 15 pages, 100 users/s\n" +
		"backfill: 2000 of about 10000 users, 20 pages, 100 users/s, about 1m20s left\n" +
		"backfill: 12000 of about 12000 users, more than expected, 688 users/s, about 0s left\n" +
		"backfill: 12000 users so far, waiting for an answer\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", &out, want)
	}
}

func TestProgressOfAListThatSaysHowLongItIs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		total, last, want int64
		err               error
	}{{0, 0, 0, nil}, {0, 7, 7, nil}, {9, 7, 9, nil}, {0, 7, 7, errors.New("away")}} {
		show := newProgress(&bytes.Buffer{}, "backfill", "users")
		job := &usersync.Backfill{Lister: fixedList{usersync.Page{Total: c.total}, c.err}}
		show.watch(job, c.last)
		defer show.close()
		if _, err := job.Lister.Page(t.Context(), ""); !errors.Is(err, c.err) || show.total.Load() != c.want {
			t.Errorf("%+v: expects %d, %v", c, show.total.Load(), err)
		}
	}
}

type fixedList struct {
	page usersync.Page
	err  error
}

func (l fixedList) Page(context.Context, string) (usersync.Page, error) { return l.page, l.err }
func (fixedList) After(string) (string, bool)                           { return "", false }
