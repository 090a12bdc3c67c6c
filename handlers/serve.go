package handlers

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"
)

// shutdownTimeout is how long accepted requests may take once the daemon stops.
// It is longer than any wait for the database, which the configuration bounds
// to 10 s (database.ack_deadline), so no complete delivery is cut off. One whose
// body is still arriving after the first seconds may be: it has no 200, so its
// sender sends it again.
const shutdownTimeout = 15 * time.Second

// Binding is a server and where it listens. With both files it speaks TLS.
type Binding struct {
	Server            *http.Server
	Listener          net.Listener
	CertFile, KeyFile string
}

// Serve runs the servers until ctx ends or one of them fails. Then it turns
// readiness off, stops accepting, finishes what was accepted, and returns. The
// servers stop in the order given: with the admin listener last, a load
// balancer that asks there sees the daemon leave.
//
// What the handlers submitted may still wait in the batcher: the caller drains
// it after Serve has returned.
func Serve(ctx context.Context, health *Health, bindings ...Binding) error {
	listeners := make([]net.Listener, len(bindings))
	for i, b := range bindings {
		l, err := b.listener()
		if err != nil {
			return errors.Join(err, closeAll(bindings))
		}
		listeners[i] = l
	}
	failed := make(chan error, len(bindings))
	for i, b := range bindings {
		go func() { failed <- b.Server.Serve(listeners[i]) }()
	}
	var faults []error
	running := len(bindings)
	select {
	case <-ctx.Done():
	case err := <-failed:
		running--
		faults = append(faults, err)
	}
	health.Drain()
	faults = append(faults, stop(ctx, bindings))
	for range running {
		if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
			faults = append(faults, err)
		}
	}
	return errors.Join(faults...)
}

// stop shuts the servers down, all within one limit.
func stop(ctx context.Context, bindings []Binding) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	var faults []error
	for _, b := range bindings {
		if err := b.Server.Shutdown(ctx); err != nil {
			faults = append(faults, fmt.Errorf("%s: requests were cut off: %w", b.Listener.Addr(), err), b.Server.Close())
		}
	}
	return errors.Join(faults...)
}

// listener wraps the binding's listener as its server needs it.
func (b Binding) listener() (net.Listener, error) {
	l := b.Listener
	if b.CertFile != "" || b.KeyFile != "" {
		pair, err := tls.LoadX509KeyPair(b.CertFile, b.KeyFile)
		if err != nil {
			return nil, fmt.Errorf("tls: %w", err)
		}
		l = tls.NewListener(l, &tls.Config{
			Certificates: []tls.Certificate{pair},
			MinVersion:   tls.VersionTLS12,
			NextProtos:   []string{"http/1.1"},
		})
	}
	return refusingListener{l}, nil
}

func closeAll(bindings []Binding) error {
	var faults []error
	for _, b := range bindings {
		faults = append(faults, b.Listener.Close())
	}
	return errors.Join(faults...)
}
