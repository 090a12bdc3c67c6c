package main

import (
	"fmt"

	"usersync/internal/config"
	"usersync/internal/spool"
)

// checkSpool looks at where deliveries wait while Postgres is away. It makes
// nothing: serve does.
func checkSpool(c *config.Config) (findings []finding) {
	if !c.Spools() {
		return nil
	}
	status, err := statusOf(c)
	if err == nil {
		err = spool.Usable(c.Spool.Dir)
	}
	if err != nil {
		return []finding{failed("spool", fmt.Sprintf("spool.dir: %v: name a directory that usersync may write to, or set spool.enabled: false", err))}
	}
	warn := func(detail string) {
		findings = append(findings, finding{Name: "spool", OK: true, Warning: true, Detail: detail})
	}
	if status.Missing {
		findings = append(findings, fine("spool", status.Dir+" does not exist yet: serve will make it"))
	} else {
		findings = append(findings, fine("spool", fmt.Sprintf("%s, %s waiting", status.Dir, count(status.Requests, "request"))))
	}
	if status.Full != "" {
		warn(status.Dir + ": " + status.Full)
	}
	for _, doubt := range status.Doubts {
		warn(status.Dir + ": " + doubt)
	}
	if status.Damaged > 0 {
		warn(count(status.Damaged, "place") + " in " + status.Dir + " cannot be read: serve sets them aside, and a reconcile finds what they held")
	}
	if n := len(status.Corrupt); n > 0 {
		warn(count(n, "corrupt file") + " in " + status.Dir + ": `usersync spool status` names them")
	}
	return findings
}
