package models

import (
	"context"
	"fmt"
	"strings"

	usersync "usersync/sync"
)

// Explainer tells what is known of a user; it implements usersync.Explainer.
func (db *DB) Explainer() usersync.Explainer { return explainer{db} }

type explainer struct{ db *DB }

// Explain implements usersync.Explainer.
func (x explainer) Explain(ctx context.Context, key usersync.UserKey, limit, back int) (told *usersync.Explanation, err error) {
	told = &usersync.Explanation{}
	for _, step := range []struct {
		what string
		do   func() error
	}{
		{"the user's row", func() (err error) { told, err = x.row(ctx, key); return err }},
		{"processed events", func() (err error) { told.Events, told.More, err = x.events(ctx, key, limit, back); return err }},
		{"dead letters", func() (err error) { told.Letters, err = x.letters(ctx, key, limit); return err }},
		{"messages", func() (err error) { told.Messages, err = x.messages(ctx, key, limit); return err }},
		{"who waits to be fetched", func() (err error) { told.Waiting, err = x.waiting(ctx, key); return err }},
		{"who was erased", func() (err error) { told.Erased, err = x.erased(ctx, key); return err }},
	} {
		if err := step.do(); err != nil {
			return nil, fmt.Errorf("read %s: %w", step.what, printable(err))
		}
	}
	return told, nil
}

// row reads the user's row by its id, which a blanked one keeps.
func (x explainer) row(ctx context.Context, key usersync.UserKey) (*usersync.Explanation, error) {
	var rows []User
	if err := x.db.gorm.WithContext(ctx).Table(x.db.names.plainUsers).Where("id = ?", key.ID().String()).Limit(1).Find(&rows).Error; err != nil {
		return nil, err
	}
	if len(rows) == 0 {
		return &usersync.Explanation{UserKey: key, ID: key.ID()}, nil
	}
	shown := rows[0].view()
	state, unreadable := usersync.DecodeState(rows[0].SyncState, &shown)
	var claims []usersync.Claim
	if sources := usersync.Sources(key, &state); len(sources) > 0 {
		var err error
		if claims, err = x.claims(ctx, sources); err != nil {
			return nil, err
		}
	}
	told := usersync.Explain(key, &state, &shown, claims)
	told.CreatedAt, told.UpdatedAt = usersync.MicrosOf(rows[0].CreatedAt.Time), usersync.MicrosOf(rows[0].UpdatedAt.Time)
	if unreadable != nil {
		told.Unreadable = unreadable.Error()
	}
	return told, nil
}

// claims reads the claims of these keys that stand, each by the index.
func (x explainer) claims(ctx context.Context, keys []usersync.ClaimKey) ([]usersync.Claim, error) {
	var query strings.Builder
	all := eventPart{}
	for i, k := range keys {
		if i > 0 {
			query.WriteString(" UNION ALL ")
		}
		one := eventPart{x.db.names.Processed + " WHERE true", all.arguments}
		one.and(eventKey+" =", []any{x.db.instant(k.OccurredAt), k.Provider, k.EventID, k.UserID})
		query.WriteString(x.selects(one))
		all.arguments = one.arguments
	}
	return x.read(ctx, query.String(), all.arguments)
}

// letters reads the newest dead letters that name the user.
func (x explainer) letters(ctx context.Context, key usersync.UserKey, limit int) (letters []usersync.Buried, err error) {
	var stored []DeadLetter
	err = x.db.gorm.WithContext(ctx).Table(x.db.names.Letters).Omit("payload", "headers").
		Where("provider = ? AND provider_user_id = ?", key.Provider, key.UserID).Order("id DESC").Limit(limit).Find(&stored).Error
	for _, l := range stored {
		b := usersync.Buried{
			ID: l.ID, Reason: l.Reason, Detail: l.Detail, Origin: l.Origin, Seen: l.Seen,
			FirstSeen: usersync.MicrosOf(l.FirstSeenAt.Time), LastSeen: usersync.MicrosOf(l.LastSeenAt.Time),
		}
		if l.EventID != nil {
			b.EventID = *l.EventID
		}
		if l.DueAt != nil {
			b.DueAt = usersync.MicrosOf(l.DueAt.Time)
		}
		letters = append(letters, b)
	}
	return letters, err
}

// messages reads messages about the user that no receiver has taken.
func (x explainer) messages(ctx context.Context, key usersync.UserKey, limit int) ([]usersync.MessageState, error) {
	return messageStates(x.db.gorm.WithContext(ctx).Table(x.db.names.Outbox).Omit("body").
		Where("provider = ? AND provider_user_id = ?", key.Provider, key.UserID).Order("received_at, id").Limit(limit))
}

func (x explainer) waiting(ctx context.Context, key usersync.UserKey) (*usersync.Waiting, error) {
	var rows []Hydration
	err := x.db.gorm.WithContext(ctx).Table(x.db.names.Hydrations).Where("provider = ? AND provider_user_id = ?", key.Provider, key.UserID).Limit(1).Find(&rows).Error
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &usersync.Waiting{DueAt: usersync.MicrosOf(rows[0].DueAt.Time), Attempts: max(rows[0].Attempts, 0), Requests: rows[0].Requests}, nil
}

// erased returns when the user was erased, 0 if never.
func (x explainer) erased(ctx context.Context, key usersync.UserKey) (usersync.Micros, error) {
	var keys [][]byte
	if err := x.db.gorm.WithContext(ctx).Table(x.db.names.ErasureKey).Pluck("key", &keys).Error; err != nil || len(keys) == 0 {
		return 0, err
	}
	return eraser(x).since(ctx, erasureKey(keys[0]).hasher().of(key))
}
