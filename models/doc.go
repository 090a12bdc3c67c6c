// Package models holds the tables: their GORM models, their migrations, and
// the Store, whose set-based SQL is written by hand because it is the hot path.
// It knows Postgres and SQLite, and nothing of HTTP or of providers.
package models
