package providers

import (
	"time"

	usersync "usersync/sync"
)

// receivedHeader keeps when a delivery first came, for what has no other time: read
// again, it must say the same, and nothing newer.
const receivedHeader = "Usersync-Received"

// keepReceived notes when a delivery came. What a live request says of that is its
// sender's claim; what was kept is ours.
func keepReceived(kept map[string]string, r Request) {
	kept[receivedHeader] = r.ReceivedAt.UTC().Format(time.RFC3339Nano)
	if first := r.Header.Get(receivedHeader); r.Origin != usersync.OriginLive && first != "" {
		kept[receivedHeader] = first
	}
}

// receivedAt is when a delivery first came, as its kept headers say.
func receivedAt(kept map[string]string, r Request) time.Time {
	if at, err := time.Parse(time.RFC3339Nano, kept[receivedHeader]); err == nil {
		return at
	}
	return r.ReceivedAt
}

// receivedTime is when a delivery came, by our clock: for events that say of no time
// at all when they happened. It is later than that.
type receivedTime struct{}

func (receivedTime) eval(e *reading) value { return value{kind: instant, at: e.received} }
