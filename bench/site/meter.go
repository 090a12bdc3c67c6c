package site

import (
	"context"
	"time"

	"usersync/bench/proc"
)

// Reading is where the meters stand.
type Reading struct {
	Server   time.Duration // processor time of the server's processes
	Postgres time.Duration // of all processes of the cluster, those that ended too
	WAL      int64         // bytes
}

// Read reads the meters. Without a server (pid 0) its time is 0.
func (c *Cluster) Read(ctx context.Context, pid int) (r Reading, err error) {
	if pid != 0 {
		if r.Server, err = proc.CPU(pid); err != nil {
			return r, err
		}
	}
	if r.Postgres, err = proc.CPU(c.postmaster); err != nil {
		return r, err
	}
	r.WAL, err = c.WAL(ctx)
	return r, err
}
