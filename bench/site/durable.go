package site

import (
	"context"
	"fmt"
	"syscall"
)

// tmpfs is how statfs(2) names a filesystem in memory.
const tmpfs = 0x01021994

// InMemory reports whether a folder is lost with the machine's power: what is measured
// there costs no disk anything.
func InMemory(dir string) bool {
	var about syscall.Statfs_t
	return syscall.Statfs(dir, &about) == nil && about.Type == tmpfs
}

// Doubts says why a commit on this cluster costs less than in production.
func (c *Cluster) Doubts(ctx context.Context) (doubts []string, err error) {
	var dir string
	if err := c.conn.QueryRow(ctx, "SHOW data_directory").Scan(&dir); err != nil {
		return nil, err
	}
	if InMemory(dir) {
		doubts = append(doubts, "Postgres keeps its data in memory: set TMPDIR to a folder on a disk")
	}
	for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
		var value string
		if err := c.conn.QueryRow(ctx, "SELECT current_setting($1)", setting).Scan(&value); err != nil {
			return nil, err
		}
		if value != "on" {
			doubts = append(doubts, fmt.Sprintf("Postgres has %s = %s: use pgrun -durable", setting, value))
		}
	}
	return doubts, nil
}
