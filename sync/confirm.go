package usersync

import (
	"context"
	"fmt"
	"iter"
)

// confirmedPage is how many users are asked for, and deleted, together.
const confirmedPage = 500

// confirmed is what is known of users who were not listed.
type confirmed struct {
	users   []Command // the deletions, and what was fetched of those who are there
	letters []DeadLetter
	hidden  int64  // users who are there all the same
	held    string // why some are neither
}

// confirmedPart is what one transaction writes.
type confirmedPart struct {
	Page
	gone int64
}

// pages cuts it to transactions.
func (c *confirmed) pages() iter.Seq[confirmedPart] {
	return func(yield func(confirmedPart) bool) {
		for users, letters := c.users, c.letters; len(users)+len(letters) > 0; letters = nil {
			part := confirmedPart{Page: Page{Users: users[:min(len(users), confirmedPage)], Letters: letters}}
			for i := range part.Users {
				if part.Users[i].life() == LifeDeleted {
					part.gone++
				}
			}
			if users = users[len(part.Users):]; !yield(part) {
				return
			}
		}
	}
}

// confirmByAsking asks for each user. Nobody is deleted by one answer: who is
// not found is asked for twice, and before and after that the witness, whom the
// list did name. A gateway that is being deployed answers 404 for everybody.
func (r *Reconcile) confirmByAsking(ctx context.Context, missing []UserKey, witness *UserKey, instant Micros) (c confirmed, err error) {
	before, err := r.known(ctx, witness)
	if err != nil || !before {
		c.held = forgetful
		return c, err
	}
	looks, err := r.askAll(ctx, missing)
	if err != nil {
		return c, err
	}
	var again []UserKey
	for i, l := range looks {
		if l.gone {
			again = append(again, missing[i])
		} else {
			c.note(l)
		}
	}
	if looks, err = r.askAll(ctx, again); err != nil {
		return c, err
	}
	after, err := r.known(ctx, witness)
	if err != nil {
		return c, err
	}
	for i, l := range looks {
		switch {
		case !l.gone:
			c.note(l)
		case after:
			c.users = append(c.users, r.deletion(again[i], instant))
		default:
			c.held = forgetful
		}
	}
	return c, nil
}

// forgetful is why nobody is deleted if the witness is not known.
const forgetful = "the provider does not know even a user whom it has listed: is it being deployed?"

// note keeps what was fetched of somebody who is there.
func (c *confirmed) note(l asked) {
	switch {
	case l.err != nil:
		c.held = fmt.Sprintf("some of those who are not listed cannot be asked for: %v", l.err)
	case l.letter != nil:
		c.letters = append(c.letters, *l.letter)
		c.hidden++
	default:
		c.users = append(c.users, l.command)
		if l.command.Life != LifeDeleted {
			c.hidden++
		}
	}
}

// deletion is the command that deletes a user who is gone, by the instant of
// the first listing, so that whatever happened since wins.
func (r *Reconcile) deletion(key UserKey, instant Micros) Command {
	return Command{
		UserKey: key, Kind: KindDeleted, Origin: OriginReconcile,
		OccurredAt: instant, ReceivedAt: r.Backfill.Engine.Clock(), Redact: r.Redact,
	}
}

// confirmByList reads the whole list again: who is missing in it too is gone.
func (r *Reconcile) confirmByList(ctx context.Context, missing []UserKey, _ *UserKey, instant Micros) (c confirmed, err error) {
	absent := make(map[UserKey]bool, len(missing))
	for _, key := range missing {
		absent[key] = true
	}
	again := r.Backfill
	engine := *again.Engine
	engine.Found = nil // it has been found
	again.Engine, again.Report = &engine, nil
	again.Seen = func(page *Page) error {
		for i := range page.Users {
			delete(absent, page.Users[i].UserKey)
		}
		return nil
	}
	run, err := again.Run(ctx, Run{})
	switch {
	case err != nil:
		return c, err
	case run.Counts.Letters > 0:
		c.held = notUnderstood(run.Counts.Letters)
		return c, nil
	}
	for _, key := range missing {
		if absent[key] {
			c.users = append(c.users, r.deletion(key, instant))
		}
	}
	c.hidden = int64(len(missing) - len(c.users))
	return c, nil
}
