package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"usersync/bench/result"
	"usersync/bench/site"
	"usersync/bench/traffic"
)

// starts is how often a contestant is started in one round: it takes a moment, and hangs
// on what the machine does just then.
const starts = 5

// measureStart is the median of several starts.
func (c *comparison) measureStart(ctx context.Context, who *contestant) (result.Figures, error) {
	f := result.Figures{Events: starts, Answers: map[int]int{http.StatusOK: starts}}
	var took []float64
	for range starts {
		one, err := c.startOnce(ctx, who)
		if err != nil {
			return f, err
		}
		took = append(took, float64(one.Microseconds())/1000)
	}
	f.StartMS = result.Median(took)
	return f, nil
}

// startOnce starts a contestant and measures how long it takes from the start of its
// process until it has acknowledged a delivery that waits from the beginning.
func (c *comparison) startOnce(ctx context.Context, who *contestant) (took time.Duration, err error) {
	address, err := site.FreeAddress()
	if err != nil {
		return 0, err
	}
	span := who.take(1)
	made := traffic.Mix{Host: address, Path: "/webhooks/authon", Users: c.users, Seed: span.seed}.Make(1, span.from)
	acknowledged := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	go func() {
		err := knock(ctx, address, made.Requests[0])
		took = time.Since(began)
		acknowledged <- err
	}()
	server, err := who.start(ctx, who.url, address)
	if err != nil {
		cancel()
		return 0, errors.Join(err, <-acknowledged)
	}
	if err := <-acknowledged; err != nil {
		return 0, errors.Join(err, server.Stop())
	}
	return took, server.Stop()
}

// knock sends a request as soon as somebody listens, and waits for its answer.
func knock(ctx context.Context, address string, request []byte) error {
	for {
		conn, err := net.Dial("tcp", address)
		if err == nil {
			return exchange(conn, request)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Microsecond):
		}
	}
}

func exchange(conn net.Conn, request []byte) error {
	defer func() { _ = conn.Close() }() // the answer is there
	if _, err := conn.Write(request); err != nil {
		return err
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("the first delivery was answered %s", answer.Status)
	}
	return nil
}
