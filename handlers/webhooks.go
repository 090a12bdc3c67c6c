package handlers

import (
	"context"
	"net/netip"
	"sync/atomic"
	"time"

	"usersync/providers"
	usersync "usersync/sync"
)

// Provider proves and reads the deliveries of one sender. An error of Verify
// that is no *providers.Rejection means that the proof could not be tried; its
// text is logged.
type Provider interface {
	Verify(providers.Request) (providers.Proof, error)
	Decode(providers.Request, providers.Proof) *usersync.Delivery
	Manners
}

// Manners are what a sender expects beside being believed.
type Manners interface {
	// Methods are what it may use: POST, and those of its handshakes.
	Methods() []string
	// Handshake answers a request by which it asks whether it may deliver; ok is
	// false if the request is none. A POST is verified before, nothing else is.
	Handshake(method string, r providers.Request) (reply providers.Reply, ok bool)
	// Reply is the answer to a delivery that was taken, nil for the receipt.
	Reply() *providers.Reply
}

// Sink makes deliveries durable. An error means that the delivery is not, or
// that nobody knows; its text is logged and must not quote data.
type Sink interface {
	Submit(ctx context.Context, d *usersync.Delivery) (usersync.Outcome, error)
}

// Endpoint is one path under /webhooks/.
type Endpoint struct {
	Provider Provider
	AllowIPs []netip.Prefix // of the sender's connection; empty: from anywhere

	large turns
}

// Options describe the webhooks. Endpoints go by the provider's configured
// name. Zero numbers stand for the defaults.
type Options struct {
	Endpoints   map[string]Endpoint
	Sink        Sink
	Metrics     *Metrics
	Clock       func() time.Time
	MaxBody     int64         // bytes of one body; 1 MiB
	MaxInFlight int64         // bytes of all bodies together; 32 MiB
	BodyTimeout time.Duration // for a body to arrive; 10 s
}

// The defaults of Options. All bodies together are enough for 4096 deliveries of
// up to 8 KiB that wait for the database at once. What is evicted counts as free
// before it is, and the collector lets the heap double: under attack the process
// takes about three times as much.
const (
	defaultMaxBody     = 1 << 20
	defaultMaxInFlight = 32 << 20
	defaultBodyTimeout = 10 * time.Second
)

// Webhooks receives deliveries.
type Webhooks struct {
	bodyReader
	endpoints atomic.Pointer[map[string]Endpoint]
	sink      Sink
	metrics   *Metrics
	clock     func() time.Time
	receipts  receipts
}

// NewWebhooks makes the receiver of deliveries.
func NewWebhooks(o Options) *Webhooks {
	w := &Webhooks{sink: o.Sink, metrics: o.Metrics, clock: o.Clock, receipts: newReceipts()}
	if w.clock == nil {
		w.clock = time.Now
	}
	maxBody, timeout, inFlight := o.MaxBody, o.BodyTimeout, o.MaxInFlight
	if maxBody <= 0 {
		maxBody = defaultMaxBody
	}
	if timeout <= 0 {
		timeout = defaultBodyTimeout
	}
	if inFlight <= 0 {
		inFlight = defaultMaxInFlight
	}
	w.bodyReader = newBodyReader(maxBody, timeout, inFlight)
	w.Replace(o.Endpoints)
	return w
}

// Replace exchanges all endpoints, for a reloaded configuration. A request that
// has begun is finished with the endpoint that it began with.
func (w *Webhooks) Replace(endpoints map[string]Endpoint) {
	own := make(map[string]Endpoint, len(endpoints))
	for name, e := range endpoints {
		own[name] = Endpoint{Provider: e.Provider, AllowIPs: canonicalPrefixes(e.AllowIPs), large: make(turns, largeTurns)}
	}
	w.endpoints.Store(&own)
}
