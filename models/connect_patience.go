package models

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// dialPatience is for one host where nobody says how long it may take: the pool also
// dials by itself, one connection after the other, and whoever needs one waits behind.
const dialPatience = 10 * time.Second

// hostPatience returns how long one host of a URL may take to be connected to, if the
// URL does not say so: an equal part of the time that is left. A host that swallows
// everything, as one without power does, would take all of it from the next one.
func hostPatience(ctx context.Context, config *pgx.ConnConfig) time.Duration {
	if config.ConnectTimeout != 0 {
		return config.ConnectTimeout
	}
	deadline, limited := ctx.Deadline()
	if !limited {
		return dialPatience
	}
	type host struct {
		name string
		port uint16
	}
	hosts := map[host]bool{{config.Host, config.Port}: true}
	for _, other := range config.Fallbacks {
		hosts[host{other.Host, other.Port}] = true
	}
	return max(time.Until(deadline)/time.Duration(len(hosts)), 1)
}
