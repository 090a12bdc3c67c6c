package gormserver

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/clause"
	"gorm.io/gorm/logger"
)

// maxBody is the most that is read of a request.
const maxBody = 1 << 20

// Open connects to a Postgres with a pool of so many connections. The driver prepares each
// statement once on each connection. GORM's own PrepareStmt stays off: in a transaction
// database/sql prepares its statements anew on all connections but one, which took half of
// the throughput.
func Open(databaseURL string, connections int) (*gorm.DB, error) {
	db, err := gorm.Open(postgres.Open(databaseURL), &gorm.Config{
		Logger: logger.Discard, TranslateError: true,
	})
	if err != nil {
		return nil, err
	}
	pool, err := db.DB()
	if err != nil {
		return nil, err
	}
	pool.SetMaxOpenConns(connections)
	pool.SetMaxIdleConns(connections)
	return db, nil
}

// New returns the webhook: POST /webhooks/authon.
func New(db *gorm.DB, secret string) http.Handler {
	e := echo.New()
	e.POST("/webhooks/authon", func(c echo.Context) error {
		body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBody))
		if err != nil {
			return echo.ErrBadRequest
		}
		if err := verify(secret, c.Request().Header, body, time.Now()); err != nil {
			return echo.ErrUnauthorized
		}
		event, err := decode(body)
		if err != nil {
			return echo.ErrBadRequest
		}
		outcome, err := apply(c.Request().Context(), db, event)
		if err != nil {
			return echo.ErrInternalServerError
		}
		return c.JSON(http.StatusOK, map[string]any{"received": true, "outcome": outcome})
	})
	return e
}

// apply writes an event in a transaction of its own.
func apply(ctx context.Context, db *gorm.DB, e event) (outcome string, err error) {
	err = db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		seen := ProcessedEvent{EventID: e.ID, Type: e.Type, OccurredAt: e.Timestamp, ReceivedAt: time.Now()}
		claimed := tx.Clauses(clause.OnConflict{DoNothing: true}).Create(&seen)
		if claimed.Error != nil {
			return claimed.Error
		}
		if claimed.RowsAffected == 0 {
			outcome = "duplicate"
			return nil
		}
		row := e.row()
		saved := tx.Clauses(clause.OnConflict{
			Columns: []clause.Column{{Name: "provider_user_id"}},
			Where: clause.Where{Exprs: []clause.Expression{
				clause.Expr{SQL: "users.provider_updated_at < excluded.provider_updated_at"},
			}},
			DoUpdates: clause.AssignmentColumns([]string{
				"email", "name", "avatar_url", "phone", "email_verified", "tenant_id", "metadata", "suspended",
				"last_sign_in_at", "provider_created_at", "provider_updated_at", "updated_at",
			}),
		}).Create(&row)
		if outcome = "applied"; saved.RowsAffected == 0 {
			outcome = "stale"
		}
		return saved.Error
	})
	return outcome, err
}
