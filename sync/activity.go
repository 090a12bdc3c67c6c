package usersync

import "context"

// Activity is what all replicas together know of a provider's deliveries.
type Activity struct {
	Since    Micros // when the provider was first watched
	Verified Micros // when a delivery was last verified; 0: never
}

// Activities keeps when each provider was last heard of, for all replicas. Its law is in
// internal/storetest.
type Activities interface {
	// NoteActivity keeps the greater of what is known and what is given, 0 for a provider
	// that was not heard of, and returns what is known of these providers then.
	NoteActivity(ctx context.Context, verified map[string]Micros, at Micros) (map[string]Activity, error)
}

// Notices keeps which notifications were sent, so that of several replicas one sends
// each. Its law is in internal/storetest.
type Notices interface {
	// ClaimNotice reports whether nobody has claimed the id before.
	ClaimNotice(ctx context.Context, id string, at Micros) (mine bool, err error)
	// ReleaseNotice gives up a claim of one's own of a notification that was not sent.
	ReleaseNotice(ctx context.Context, id string) error
}
