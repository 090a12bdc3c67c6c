package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"time"

	"usersync/models"
	usersync "usersync/sync"
)

// runPush is the kind of the runs of pushes.
const runPush usersync.RunKind = "push"

const (
	// pushHeartbeat is how often a push says that somebody is about it.
	pushHeartbeat = 10 * time.Second
	// pushQuiet is how long nothing may have been heard of a push that has not
	// ended before another may begin: two at once would make users twice.
	pushQuiet = time.Minute
)

// pushRun is where a push keeps its place.
type pushRun struct {
	db *models.DB
	// source names what is pushed, and where: the place in one means nothing in
	// another. "" is a pipe, which cannot be told from what came before.
	source            string
	restart, takeOver bool
}

// pushSource names a file, by the hash of its bytes, pushed to a provider's users.
func pushSource(users, file string) string {
	if file == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(users + " " + file))
	return hex.EncodeToString(sum[:16])
}

// record runs the job behind the last line that an interrupted run of the same
// source has done, and records how it ended.
func (r pushRun) record(ctx context.Context, job *pushJob, show *progress) error {
	key := usersync.RunKey{Kind: runPush, Provider: job.provider, Source: r.source}
	quiet := usersync.Micros(pushQuiet.Microseconds())
	if r.restart || r.takeOver {
		quiet = math.MinInt64 // whatever the clocks say
	}
	run, resumed, free, err := r.db.BeginFree(ctx, key, r.restart || r.source == "", quiet, now())
	switch {
	case err != nil:
		return err
	case !free:
		return fmt.Errorf("another push to %s was at work less than %s ago, and two at once would make users twice: wait until it has ended; if it was killed, go on with --take-over", job.provider, pushQuiet)
	case resumed:
		job.at = parsePushCursor(run.Cursor)
	}
	job.record = run
	show.begin(int64(job.at.done()))
	runs := r.db.Runs()
	err = attended(ctx, runs, run, pushHeartbeat, job.run)
	return ended(ctx, runs, job.record, usersync.RunComplete, err)
}
