package providers

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"

	usersync "usersync/sync"
)

// Create makes a user. The errors are those of Update, but for ErrNoUser.
//
// A request that may have made the user is not simply repeated: with an
// idempotency key it can be; a user with an external id is looked for first;
// else the error is an *UnavailableError that is uncertain. An answer to an
// idempotent request is not believed but followed by a fetch; so is one that
// shows nothing but the id.
func (w *Writer) Create(ctx context.Context, u UserWrite) (usersync.Command, error) {
	c, err := w.create(ctx, u, newBudget(w.fetch.waiting))
	if err != nil {
		return usersync.Command{}, fmt.Errorf("creating a user of %s: %w", w.name, typed(err, false))
	}
	return c, nil
}

func (w *Writer) create(ctx context.Context, u UserWrite, b *budget) (c usersync.Command, err error) {
	if err := w.writable(u, w.part.create); err != nil {
		return c, err
	}
	values := w.values(u)
	body, _ := w.part.create.body.render(values, false)
	out, err := w.outgoing(w.part.create, "", body)
	if err != nil {
		return c, err
	}
	if name := w.part.create.idempotency; name != "" {
		if u.IdempotencyKey == "" {
			u.IdempotencyKey = hashID(w.name + out.url.Path + body)
		}
		out.header[name] = u.IdempotencyKey
	}
	maker := &maker{Writer: w, out: out, externalID: u.ExternalID, budget: b}
	maker.repeatable = w.part.create.idempotency != ""
	if c, err = maker.make(ctx); err != nil {
		return c, err
	}
	if maker.repeatable || isThin(&c) {
		c = w.current(ctx, c, b)
	}
	// Nobody is banned who has just been made.
	if values[accessName] == sayBanned && !w.part.create.takes(accessName) {
		banned, err := w.access(ctx, c.UserID, values, b)
		return banned, follows(err, c, "made, but not banned")
	}
	return c, nil
}

// current is the user of an answer that may be the stored one of an earlier
// request with the same idempotency key: it shows what was true then, under a
// Date of now. So the user is fetched. If that fails, the answer is dated by the
// user's own time.
func (w *Writer) current(ctx context.Context, answered usersync.Command, b *budget) usersync.Command {
	c, err := w.known(ctx, answered.UserID, b)
	if err != nil {
		answered.OccurredAt = cmp.Or(answered.UpdatedAt, answered.OccurredAt-usersync.Micros(w.lag.Microseconds()))
		return answered
	}
	return c
}

// maker makes one user, at most once.
type maker struct {
	*Writer
	out        outgoing
	externalID string
	repeatable bool
	budget     *budget

	uncertain bool // an earlier attempt may have made the user
	made      usersync.Command
}

func (m *maker) make(ctx context.Context) (usersync.Command, error) {
	err := m.patience.do(ctx, m.budget, m.attempt)
	if err == nil {
		return m.made, nil
	}
	err = m.out.failed(err)
	if m.uncertain {
		err = &UnavailableError{Uncertain: true, Err: err}
	}
	return usersync.Command{}, err
}

// attempt asks once, after it has looked for what an earlier attempt may have
// made. A transient error lets it be called again.
func (m *maker) attempt(ctx context.Context) error {
	if m.uncertain && !m.repeatable {
		if found, err := m.find(ctx); err != nil || found {
			return err
		}
	}
	if err := m.turn(ctx); err != nil {
		return err
	}
	a, err := m.client.attempt(ctx, m.out)
	if err != nil {
		return m.failed(ctx, err)
	}
	shown := false
	if m.made, shown = m.shown(a); shown {
		m.uncertain = false
		return nil
	}
	m.uncertain = true
	if found, err := m.find(ctx); err != nil || found {
		return err
	}
	return errors.New("the answer shows no user that is understood")
}

// failed judges what an attempt that failed may have done.
func (m *maker) failed(ctx context.Context, err error) error {
	var passing *transientError
	var status *statusError
	var untrusted *tls.CertificateVerificationError
	switch {
	case errors.As(err, &passing) && passing.unsent, errors.As(err, &untrusted):
		return err
	case passing == nil && errors.As(err, &status):
		if m.uncertain && status.code == http.StatusConflict {
			// What stands in the way may be what the earlier attempt made.
			if found, findErr := m.find(ctx); findErr == nil && found {
				return nil
			}
		}
		m.uncertain = false // it was refused
		return err
	}
	m.uncertain = true
	if passing != nil && !m.repeatable && !m.findable() {
		return passing.err // no longer one that is tried again
	}
	return err
}

// findable reports whether what was made can be found again.
func (m *maker) findable() bool { return m.externalID != "" && m.part.finds(externalIDName) }

// find looks for the user that an earlier attempt may have made.
func (m *maker) find(ctx context.Context) (found bool, err error) {
	if !m.findable() {
		return false, nil
	}
	m.made, found, err = m.byExternalID(ctx, m.externalID, m.budget)
	if found {
		m.uncertain = false
	}
	return found, err
}
