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
	status, err := statusOf(c.Spool.Dir)
	if err == nil {
		err = spool.Usable(c.Spool.Dir)
	}
	if err != nil {
		return []finding{failed("spool", fmt.Sprintf("spool.dir: %v: name a directory that usersync may write to, or set spool.enabled: false", err))}
	}
	findings = append(findings, fine("spool", fmt.Sprintf("%s, %s waiting", c.Spool.Dir, count(status.Requests, "request"))))
	for _, doubt := range status.Doubts {
		findings = append(findings, finding{Name: "spool", OK: true, Warning: true, Detail: c.Spool.Dir + ": " + doubt})
	}
	if n := len(status.Corrupt); n > 0 {
		findings = append(findings, finding{Name: "spool", OK: true, Warning: true, Detail: count(n, "corrupt file") + " in " + c.Spool.Dir + ": `usersync spool status` names them"})
	}
	return findings
}
