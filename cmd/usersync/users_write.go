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
		return row, notStored("our database does not answer, nothing was written at the provider: ask again", err)
	}
	ban := change
	change.Access, change.Fields[usersync.FieldSuspendedReason] = usersync.AccessUnsaid, usersync.Value{}
	row, err = a.written(ctx, change, 0, func(w *providers.Writer) (usersync.Command, error) {
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
	if errors.As(err, &fault) {
		fault.UserID = id
		fault.Text = "the user was made, but not banned: " + fault.Text
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
	return a.written(ctx, change, lastHeard(&before), func(w *providers.Writer) (usersync.Command, error) {
		return w.Update(ctx, asWrite(change))
	})
}

// written writes at the provider and brings the row up to the answer. heard is
// the greatest stamp of the row before that.
func (a *appUsers) written(ctx context.Context, change handlers.UserChange, heard usersync.Micros, write func(*providers.Writer) (usersync.Command, error)) (row handlers.UserRow, err error) {
	var user usersync.Command
	err = a.with(change.Provider, func(c *calls) (err error) {
		if c.noWriter != nil {
			return incapable(c.noWriter)
		}
		if user, err = write(c.writer); err != nil {
			return writeFault(err)
		}
		return nil
	})
	if err != nil {
		return row, err
	}
	said := []usersync.Command{user}
	if heard >= user.OccurredAt {
		said = append(said, caused(user, change, heard))
	}
	row, err = a.store(ctx, said...)
	var fault *handlers.UserError
	if errors.As(err, &fault) {
		// To ask again for a user that is made already might make another.
		fault.UserID, fault.After = user.UserID, -1
		fault.Text = "the provider has written the user: " + fault.Text
	}
	return row, err
}

func asWrite(change handlers.UserChange) providers.UserWrite {
	return providers.UserWrite{ID: change.UserID, ExternalID: change.ExternalID, Fields: change.Fields, Access: change.Access}
}

// caused is what we wrote ourselves, as the answer shows it. All that we had
// heard of the user before we asked had happened before, so this is stamped
// right behind it, where clocks or whole seconds hide the order. The rest of the
// answer is not: it may come from a copy that lags.
func caused(answer usersync.Command, change handlers.UserChange, heard usersync.Micros) usersync.Command {
	ours := usersync.Command{
		UserKey: answer.UserKey, Kind: answer.Kind, Origin: answer.Origin, Life: answer.Life,
		OccurredAt: heard + 1, UpdatedAt: answer.UpdatedAt, ReceivedAt: answer.ReceivedAt,
		Payload: answer.Payload, Headers: answer.Headers,
	}
	for f, asked := range change.Fields {
		if asked.Present() {
			ours.Fields[f] = answer.Fields[f]
		}
	}
	if change.Fields[usersync.FieldEmail].Present() {
		// Whether an address is verified is said together with it.
		ours.Fields[usersync.FieldEmailVerified] = answer.Fields[usersync.FieldEmailVerified]
	}
	if change.Access != usersync.AccessUnsaid {
		ours.Access = answer.Access
	}
	return ours
}
