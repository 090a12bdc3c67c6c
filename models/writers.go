package models

// mostWriters is how many transactions of deliveries a daemon has on a Postgres at once.
const mostWriters = 4

// Writers is how many transactions the store may run at once for those that deliver. The
// half of the connections, at least, is for others. SQLite has one writer.
func (db *DB) Writers() int {
	if db.dialect != Postgres {
		return 1
	}
	return max(1, min(mostWriters, db.pool.Stats().MaxOpenConnections/2))
}
