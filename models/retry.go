package models

import (
	"context"
	"math/rand/v2"
	"time"
)

// attempts bounds how often one transaction is repeated before its caller is
// told. Between them it waits a random time, so that rivals part.
const attempts = 8

// retry calls try until it succeeds, fails for good, or ctx ends.
func retry(ctx context.Context, passing func(error) bool, try func() error) error {
	wait := 2 * time.Millisecond
	for attempt := 1; ; attempt++ {
		err := try()
		if err == nil || attempt == attempts || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(wait) + time.Millisecond):
		}
		wait *= 2
	}
}
