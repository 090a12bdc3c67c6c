package report

import (
	"slices"

	usersync "usersync/sync"
)

// Erasure is what an erasure removed, and what it does not reach.
type Erasure struct {
	Provider   string             `json:"provider"`
	UserID     string             `json:"user_id"`
	Before     *Instant           `json:"erased_before,omitempty"` // when the user was erased the first time
	Row        usersync.ErasedRow `json:"row"`
	HeldBy     []RowHolder        `json:"row_held_by,omitempty"` // why the row was blanked
	KeepsID    bool               `json:"row_keeps_user_id,omitempty"`
	Removed    Removed            `json:"removed"`
	NotReached []string           `json:"not_reached"`
}

// Removed counts what an erasure removed.
type Removed struct {
	Events     int64 `json:"processed_events"`
	Letters    int64 `json:"dead_letters"`
	Mentions   int64 `json:"dead_letters_that_mention"`
	Messages   int64 `json:"messages"`
	Bodies     int64 `json:"messages_that_mention"`
	Hydrations int64 `json:"hydrations"`
}

// RowHolder is a foreign key of the app's.
type RowHolder struct {
	Table  string `json:"table"`
	Key    string `json:"foreign_key"`
	Unread bool   `json:"not_readable,omitempty"`
}

// ErasureOf shows an erasure in a database, which is postgres or sqlite.
func ErasureOf(key usersync.UserKey, done usersync.Erased, database string) *Erasure {
	r := &Erasure{Provider: key.Provider, UserID: key.UserID, Before: InstantOf(done.Before), Row: done.Row, KeepsID: done.KeepsID}
	for _, h := range done.Holders {
		r.HeldBy = append(r.HeldBy, RowHolder(h))
	}
	r.Removed = Removed{
		Events: done.Events, Letters: done.Letters, Mentions: done.Mentions,
		Messages: done.Messages, Bodies: done.MessageMentions, Hydrations: done.Hydrations,
	}
	r.NotReached = []string{"the provider, where the user still is: delete them there; what it says about them is ignored here"}
	if database == "postgres" {
		r.NotReached = append(r.NotReached,
			"spools, of this replica and of others: what waits there about the user is dropped when it is drained; records that cannot be read, and exports, are files of yours",
			"backups, replicas of the database, its write-ahead log, and what a VACUUM has not freed yet")
	} else {
		r.NotReached = append(r.NotReached, "backups, and the database's write-ahead log until its next checkpoint")
	}
	r.NotReached = append(r.NotReached,
		"receivers of actions, and messages that are being sent to them at this moment",
		"dead letters and messages that arrive from now on and name nobody",
		"logs of your own, and the app's own tables")
	if done.Row == usersync.RowBlanked {
		r.NotReached = append(r.NotReached, "the blanked row's id: who knows the user's id can compute it; "+r.letGo())
	}
	return r
}

// letGo says what lets a blanked row go.
func (r *Erasure) letGo() string {
	until := "when nothing there refers to it any more"
	switch {
	case len(r.HeldBy) == 0:
		until = "when the trigger lets it go"
	case slices.ContainsFunc(r.HeldBy, func(h RowHolder) bool { return h.Unread }):
		until += ", and this role may read all of these tables"
	}
	return until + ", erase again"
}
