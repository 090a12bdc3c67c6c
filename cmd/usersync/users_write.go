package main

import (
	"context"
	"errors"

	"usersync/handlers"
	"usersync/providers"
	usersync "usersync/sync"
)

// Write implements handlers.Users.
func (a *appUsers) Write(ctx context.Context, change handlers.UserChange) (handlers.UserRow, error) {
	if change.UserID == "" {
		return a.create(ctx, change)
	}
	return a.update(ctx, change)
}

// create makes a user. To ban a user is a step of its own, so that one who was
// made but could not be banned is known.
func (a *appUsers) create(ctx context.Context, change handlers.UserChange) (row handlers.UserRow, err error) {
	// A user whom we could not keep shall not be made: the app would ask again,
	// and have two.
	if err := a.ping(ctx); err != nil {
		return row, notStored("our database does not answer, nothing was written at the provider", err)
	}
	whole := asWrite(change)
	ban := change
	change.Access, change.Fields[usersync.FieldSuspendedReason] = usersync.AccessUnsaid, usersync.Value{}
	row, err = a.written(ctx, change, heard{}, func(w *providers.Writer) (usersync.Command, error) {
		// Also what the second step takes, before the first is done.
		if err := w.Writable(whole); err != nil {
			return usersync.Command{}, err
		}
		if err := refuseKnown(ctx, w, change.ExternalID); err != nil {
			return usersync.Command{}, err
		}
		return w.Create(ctx, asWrite(change))
	})
	if err != nil || ban.Access != usersync.AccessBanned {
		return row, err
	}
	reason := ban.Fields[usersync.FieldSuspendedReason]
	ban.Fields = [usersync.NumColumns]usersync.Value{usersync.FieldSuspendedReason: reason}
	ban.UserID, ban.ExternalID = row.ProviderUserID, ""
	id := row.ProviderUserID
	row, err = a.update(ctx, ban)
	var fault *handlers.UserError
	if errors.As(err, &fault) && fault.UserID == "" {
		return row, half(fault, id, "the user was made, but not banned")
	}
	return row, err
}

// refuseKnown returns an error if there is a user with the external id. It makes
// a create with one safe to repeat, also where the provider does not see to it.
func refuseKnown(ctx context.Context, w *providers.Writer, externalID string) error {
	if externalID == "" || !w.Finds("external_id") {
		return nil
	}
	user, found, err := w.Find(ctx, providers.UserWrite{ExternalID: externalID})
	if err != nil || !found {
		return err
	}
	return &handlers.UserError{
		Fault: handlers.FaultConflict, UserID: user.UserID,
		Text: "the provider has a user with this external_id already: change that one with PATCH",
	}
}

func (a *appUsers) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return a.db.Ping(ctx)
}

// update changes a user.
func (a *appUsers) update(ctx context.Context, change handlers.UserChange) (row handlers.UserRow, err error) {
	before, _, err := a.read(ctx, change.UserKey)
	if err != nil {
		return row, err
	}
	return a.written(ctx, change, heardOf(&before), func(w *providers.Writer) (usersync.Command, error) {
		return w.Update(ctx, asWrite(change))
	})
}

// written writes at the provider and brings the row up to the answer. before is
// what had been heard of the user until then.
func (a *appUsers) written(ctx context.Context, change handlers.UserChange, before heard, write func(*providers.Writer) (usersync.Command, error)) (row handlers.UserRow, err error) {
	var user usersync.Command
	var partly *providers.WrittenError
	err = a.with(change.Provider, func(c *calls) (err error) {
		if c.noWriter != nil {
			return incapable(c.noWriter)
		}
		user, err = write(c.writer)
		if err != nil && !errors.As(err, &partly) {
			return writeFault(err)
		}
		return nil
	})
	switch {
	case err != nil:
		return row, err
	case partly != nil:
		return row, a.partlyWritten(ctx, partly, asWrite(change), before)
	}
	row, err = a.store(ctx, append([]usersync.Command{user}, caused(user, asWrite(change), before)...)...)
	var fault *handlers.UserError
	if errors.As(err, &fault) {
		return row, half(fault, user.UserID, "the provider has written the user")
	}
	return row, err
}

// partlyWritten keeps what is known of a user who was written before something
// failed, and returns the fault.
func (a *appUsers) partlyWritten(ctx context.Context, partly *providers.WrittenError, wrote providers.UserWrite, before heard) error {
	fault := half(writeFault(partly.Err), partly.UserID, partly.What())
	var said usersync.Delivery
	if partly.User.UserID != "" {
		wrote.Access = usersync.AccessUnsaid // which is what failed
		said.Commands = append(caused(partly.User, wrote, before), partly.User)
	}
	var unread *providers.LetterError
	if errors.As(partly.Err, &unread) {
		said.Letters = append(said.Letters, unread.DeadLetter())
	}
	if len(said.Commands)+len(said.Letters) == 0 {
		return fault
	}
	if _, err := a.sink.Submit(context.WithoutCancel(ctx), &said); err != nil {
		fault.Text += "; our database could not be written either"
	}
	return fault
}

func asWrite(change handlers.UserChange) providers.UserWrite {
	return providers.UserWrite{ID: change.UserID, ExternalID: change.ExternalID, Fields: change.Fields, Access: change.Access}
}
