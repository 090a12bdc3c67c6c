package usersync

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// askedAtOnce is how many users are fetched at once.
const askedAtOnce = 8

// asked is what a provider says of one user.
type asked struct {
	gone    bool // it knows no such user
	command Command
	letter  *DeadLetter // there, and not understood
	err     error       // it does not answer for this one
}

// askAll fetches users. The error is one of the provider as a whole.
func (r *Reconcile) askAll(ctx context.Context, keys []UserKey) ([]asked, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	looks := make([]asked, len(keys))
	atOnce(askedAtOnce, len(keys), func(i int) {
		if ctx.Err() != nil {
			return
		}
		var err error
		if looks[i], err = r.ask(ctx, keys[i]); err != nil {
			cancel(err)
		}
	})
	return looks, context.Cause(ctx)
}

// ask fetches one user. An error that may pass is the provider's as a whole.
func (r *Reconcile) ask(ctx context.Context, key UserKey) (a asked, err error) {
	c, there, err := r.Fetcher.Fetch(ctx, key.UserID)
	var letter interface{ DeadLetter() DeadLetter }
	var passing interface{ RetryAfter() time.Duration }
	switch {
	case ctx.Err() != nil:
		return a, context.Cause(ctx)
	case errors.As(err, &letter):
		l := letter.DeadLetter()
		return asked{letter: &l}, nil
	case errors.As(err, &passing):
		return a, err
	default:
		return asked{gone: err == nil && !there, command: c, err: err}, nil
	}
}

// known reports whether the provider knows a user whom its list named; of nobody
// it says yes.
func (r *Reconcile) known(ctx context.Context, witness *UserKey) (bool, error) {
	if witness == nil {
		return true, nil
	}
	a, err := r.ask(ctx, *witness)
	if err == nil && a.err != nil {
		err = fmt.Errorf("a user who is listed cannot be asked for: %w", a.err)
	}
	return !a.gone, err
}
