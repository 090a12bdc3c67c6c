package models

import (
	"context"
	"database/sql/driver"
	"errors"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
)

// crowded reports whether who waits for a turn on a connection could keep the one
// in front from having one.
func (s *postgresStore) crowded() bool {
	stats := s.pool.Stats()
	return stats.MaxOpenConnections > 0 && stats.InUse+1 >= stats.MaxOpenConnections
}

// onConnection lends a connection of the pool. One that ends outside of an idle
// state is rolled back, or thrown away.
func (s *postgresStore) onConnection(ctx context.Context, do func(*pgSession) error) error {
	conn, err := s.pool.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	var result error
	broken := conn.Raw(func(lent any) error {
		raw := lent.(*stdlib.Conn).Conn().PgConn()
		session := sessionOf(raw)
		result = do(session)
		session.trim()
		if raw.IsClosed() {
			s.serving.lost(ctx)
			return driver.ErrBadConn
		}
		if raw.TxStatus() == 'I' {
			return nil
		}
		// ctx may be the reason why we are here.
		rollback, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if err := raw.Exec(rollback, "ROLLBACK").Close(); err != nil || raw.TxStatus() != 'I' {
			return driver.ErrBadConn
		}
		return nil
	})
	if result == nil && broken != nil && !errors.Is(broken, driver.ErrBadConn) {
		return broken
	}
	return result
}
