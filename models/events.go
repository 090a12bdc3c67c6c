package models

// ProcessedEvent is an event that was applied or found stale. The first four
// columns are by what it is known.
type ProcessedEvent struct {
	OccurredAt     Timestamp
	Provider       string
	EventID        string
	ProviderUserID string
	Kind           string
	ReceivedAt     Timestamp
	Outcome        string
	Origin         string
}

// DeadLetter is a verified event that could not be understood or applied.
type DeadLetter struct {
	ID             int64 `gorm:"primaryKey"`
	Fingerprint    []byte
	Provider       string
	EventID        *string
	ProviderUserID *string
	Reason         string
	Detail         string
	Payload        []byte
	Headers        string // a JSON object
	Origin         string
	FirstSeenAt    Timestamp
	LastSeenAt     Timestamp
	Seen           int64 // how often it was delivered
	DueAt          *Timestamp
}
