package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/dustin/go-humanize"

	"usersync/internal/config"
	"usersync/internal/spool"
)

// checkSpool looks at where deliveries wait while Postgres is away. It makes
// nothing: serve does.
func checkSpool(c *config.Config) []finding {
	if !c.Spools() {
		return nil
	}
	const remedy = "spool.dir: name a directory that usersync may write to, or set spool.enabled: false"
	status, err := statusOf(c)
	if err == nil {
		err = spool.Usable(c.Spool.Dir)
	}
	if err != nil {
		return []finding{failed("spool", fmt.Sprintf("spool.dir: %v", err), remedy)}
	}
	var findings []finding
	warn := func(detail, remedy string) { findings = append(findings, warned("spool", detail, remedy)) }
	if status.Missing {
		findings = append(findings, fine("spool", status.Dir+" does not exist yet: serve will make it"))
	} else {
		findings = append(findings, fine("spool", fmt.Sprintf("%s, %s waiting", status.Dir, count(status.Requests, "request"))))
	}
	if status.Full != "" {
		warn(status.Dir+": "+status.Full, "make room, or raise spool.max_bytes")
	}
	for _, doubt := range status.Doubts {
		warn(status.Dir+": "+doubt, "")
	}
	if status.Damaged > 0 {
		warn(count(status.Damaged, "place")+" in "+status.Dir+" cannot be read: serve sets them aside, and a reconcile finds what they held", "usersync reconcile PROVIDER")
	}
	if n := len(status.Corrupt); n > 0 {
		warn(count(n, "corrupt file")+" in "+status.Dir, "usersync spool status names them; after a reconcile they may go")
	}
	if status.Missing {
		return findings
	}
	medium, err := spool.MediumOf(status.Dir)
	if err != nil {
		return append(findings, failed("spool", err.Error(), remedy))
	}
	took, err := spool.Try(status.Dir)
	if err != nil {
		return append(findings, unwritable(status.Dir, err, remedy))
	}
	return append(findings, judgeMedium(status.Dir, medium, took, c.Spool.MaxBytes-status.Bytes, os.Geteuid())...)
}

// unwritable says what to do about a file that could not be written: another place is no
// remedy for a full disk.
func unwritable(dir string, err error, remedy string) finding {
	if errors.Is(err, syscall.ENOSPC) {
		remedy = "make room on the disk of " + dir
	}
	return failed("spool", fmt.Sprintf("nothing can be written: %v", err), remedy)
}

// slowSync is how long making one request durable may take: senders wait for it.
const slowSync = 100 * time.Millisecond

// judgeMedium judges the disk of a spool that may grow by so many bytes, for a user of
// this number.
func judgeMedium(dir string, m spool.Medium, sync time.Duration, growth int64, user int) (findings []finding) {
	warn := func(remedy, text string, arguments ...any) {
		findings = append(findings, warned("spool", dir+": "+fmt.Sprintf(text, arguments...), remedy))
	}
	if m.Free < growth {
		warn("make room, or lower spool.max_bytes", "%s are free, and it may grow by %s: the disk is full before the spool is", humanize.IBytes(uint64(max(m.Free, 0))), humanize.IBytes(uint64(growth)))
	}
	if m.FilesAll > 0 && m.Files < 1000 {
		warn("df -i shows which file system; remove files there", "only %s can still be made there", count(int(m.Files), "file"))
	}
	if sync > slowSync {
		warn("name a directory on a faster disk", "an fsync takes %s: that long, or longer, a sender waits while the database is away", sync.Round(time.Millisecond))
	}
	if user > 0 && m.Owner >= 0 && m.Owner != user {
		warn("run the check as the user that runs usersync, or chown -R it to that", "it belongs to user %d, and this is user %d", m.Owner, user)
	}
	if m.Mode&0o077 != 0 {
		warn("chmod 700 "+dir, "others may read it (mode %04o): it holds what senders said of users", m.Mode)
	}
	return findings
}
