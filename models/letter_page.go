package models

import (
	"context"
	"encoding/json"
	"fmt"

	"gorm.io/gorm"

	usersync "usersync/sync"
)

// Letters keeps the dead letters that wait to be tried again.
func (db *DB) Letters() usersync.Letters { return letterBox{db} }

type letterBox struct{ db *DB }

// LetterPage implements usersync.Letters.
func (b letterBox) LetterPage(ctx context.Context, scope usersync.LetterScope, below int64, limit int) ([]usersync.StoredLetter, error) {
	// The lengths are known without the payloads.
	fit := b.upTo(ctx, scope, below, limit).Select("id, octet_length(payload) AS size")
	ids := b.db.gorm.WithContext(ctx).Table("(?) AS page", b.db.gorm.Table("(?) AS listed", fit).Select("id, "+runningSQL("id DESC"))).
		Select("id").Where(fitsSQL, usersync.LettersBytes)
	return b.read(b.db.gorm.WithContext(ctx).Table(b.db.names.Letters).Where("id IN (?)", ids).Order("id DESC"))
}

// runningSQL says of letters with their sizes how much there is up to each, and fitsSQL
// which of them are read together. The first is, whatever its size.
func runningSQL(order string) string {
	return "sum(size) OVER (ORDER BY " + order + ") AS upto, row_number() OVER (ORDER BY " + order + ") AS place"
}

const fitsSQL = "upto <= ? OR place = 1"

// LetterList is LetterPage without payloads and headers, for lists.
func (db *DB) LetterList(ctx context.Context, scope usersync.LetterScope, below int64, limit int) ([]usersync.StoredLetter, error) {
	return letterBox{db}.page(ctx, scope, below, limit, "id, provider, event_id, provider_user_id, reason, detail, origin, first_seen_at, last_seen_at, seen, due_at")
}

func (b letterBox) page(ctx context.Context, scope usersync.LetterScope, below int64, limit int, columns string) ([]usersync.StoredLetter, error) {
	return b.read(b.upTo(ctx, scope, below, limit).Select(columns))
}

// upTo is a query of a page.
func (b letterBox) upTo(ctx context.Context, scope usersync.LetterScope, below int64, limit int) *gorm.DB {
	query := b.within(ctx, scope)
	if below != 0 {
		query = query.Where("id < ?", below)
	}
	return query.Order("id DESC").Limit(limit)
}

func (b letterBox) read(query *gorm.DB) ([]usersync.StoredLetter, error) {
	var rows []DeadLetter
	if err := query.Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read the dead letters: %w", printable(err))
	}
	return storedLetters(rows)
}

// within is a query of the letters of a scope.
func (b letterBox) within(ctx context.Context, scope usersync.LetterScope) *gorm.DB {
	query := b.db.gorm.WithContext(ctx).Table(b.db.names.Letters)
	for column, value := range map[string]string{"provider": scope.Provider, "reason": scope.Reason, "provider_user_id": scope.UserID} {
		if value != "" {
			query = query.Where(column+" = ?", value)
		}
	}
	if len(scope.IDs) > 0 {
		query = query.Where("id IN ?", scope.IDs)
	}
	if scope.Since != 0 {
		query = query.Where("last_seen_at >= ?", Timestamp{scope.Since.Time()})
	}
	return query
}

// LetterCount is how many dead letters of a provider have the same reason.
type LetterCount struct {
	Provider string `json:"provider"`
	Reason   string `json:"reason"`
	Letters  int64  `json:"letters"`
}

// LetterCounts counts the letters of a scope, in the order of provider and
// reason.
func (db *DB) LetterCounts(ctx context.Context, scope usersync.LetterScope) ([]LetterCount, error) {
	counts := []LetterCount{}
	err := letterBox{db}.within(ctx, scope).Select("provider, reason, count(*) AS letters").
		Group("provider, reason").Order("provider, reason").Find(&counts).Error
	if err != nil {
		return nil, fmt.Errorf("count the dead letters: %w", printable(err))
	}
	return counts, nil
}

// storedLetters makes letters of rows.
func storedLetters(rows []DeadLetter) ([]usersync.StoredLetter, error) {
	letters := make([]usersync.StoredLetter, len(rows))
	for i := range rows {
		r, l := &rows[i], &letters[i]
		l.ID, l.Provider, l.Reason, l.Detail, l.Payload, l.Seen = r.ID, r.Provider, r.Reason, r.Detail, r.Payload, r.Seen
		l.FirstSeen, l.ReceivedAt = usersync.MicrosOf(r.FirstSeenAt.Time), usersync.MicrosOf(r.LastSeenAt.Time)
		if r.EventID != nil {
			l.EventID = *r.EventID
		}
		if r.ProviderUserID != nil {
			l.UserID = *r.ProviderUserID
		}
		if r.DueAt != nil {
			l.DueAt = usersync.MicrosOf(r.DueAt.Time)
		}
		known := false
		if l.Origin, known = usersync.ParseOrigin(r.Origin); !known {
			return nil, fmt.Errorf("dead letter %d has the origin %q, which this usersync does not know: use the newer one that stored it", r.ID, r.Origin)
		}
		if r.Headers == "" {
			continue // not asked for
		}
		if err := json.Unmarshal([]byte(r.Headers), &l.Headers); err != nil {
			return nil, fmt.Errorf("the headers of dead letter %d cannot be read: %w", r.ID, err)
		}
	}
	return letters, nil
}
