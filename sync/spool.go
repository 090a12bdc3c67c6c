package usersync

import (
	"context"
	"errors"
)

// Verified is a request that was proven, as it arrived: what is kept of it for as
// long as it cannot be applied. It was verified once and is never verified again.
type Verified struct {
	Provider   string
	ReceivedAt Micros
	Headers    map[string]string // the few that are needed to read it, never a credential
	Body       []byte
}

// Spool keeps verified requests somewhere else than in the database, while that
// does not take them. Their order does not matter. Its law is in
// internal/spooltest.
type Spool interface {
	// Append keeps a request. Once it has returned nil, the request survives a
	// crash of the process and of the machine. The error is ErrSpoolFull if
	// there is no room: this process does not hand the request out, after a
	// crash it may come all the same. Any other error, that of ctx included,
	// means that nobody knows whether the request is kept.
	Append(ctx context.Context, v *Verified) error
	// Drain hands what is kept to apply, oldest first and at most limit requests
	// at a time, each once; what is appended meanwhile may wait for the next
	// call. What apply reports done is removed for good, the rest stays, also
	// if apply returns an error, which ends the call and is returned. left is how many
	// of the requests that were handed out, or should have been, stay. An error
	// of what the spool is kept on does not keep the rest from being handed out;
	// it is returned in the end. After a crash a request may be handed out again although it was done.
	Drain(ctx context.Context, limit int, apply func(ctx context.Context, batch []Verified) (done []bool, err error)) (left int, err error)
}

// ErrSpoolFull is returned by Append if a request cannot be kept because there is
// no room for it.
var ErrSpoolFull = errors.New("the spool has no room")
