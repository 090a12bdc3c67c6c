package models

// Hydration is a user whose profile has to be fetched, because an event
// carried only the id.
type Hydration struct {
	Provider       string `gorm:"primaryKey"`
	ProviderUserID string `gorm:"primaryKey"`
	DueAt          Timestamp
	Attempts       int // fetches so far; -1: nobody was found, one more look is due
	Requests       int64
}

// SyncRun is one run of backfill, reconcile or push.
type SyncRun struct {
	ID         int64 `gorm:"primaryKey"`
	Provider   string
	Kind       string     // a usersync.RunKind, or push
	Cursor     *string    // where the run goes on if it was interrupted
	Counts     string     // a JSON object
	Outcome    *string    // nil while it runs
	Owner      string     // who is about it
	Source     string     // what its cursor belongs to
	Instant    *Timestamp // when its list was true
	StartedAt  Timestamp
	SavedAt    *Timestamp
	FinishedAt *Timestamp
}

// Erased is a user whose data were erased: a keyed hash that cannot identify
// the person, kept so that late events do not bring the data back.
type Erased struct {
	KeyHash  []byte `gorm:"primaryKey"`
	ErasedAt Timestamp
}
