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

// measureStart starts a contestant and measures how long it takes to acknowledge a
// delivery that is there from the beginning.
func (c *comparison) measureStart(ctx context.Context, who *contestant) (f result.Figures, err error) {
	address, err := site.FreeAddress()
	if err != nil {
		return f, err
	}
	from, _ := who.span(1)
	made := traffic.Mix{Host: address, Path: "/webhooks/authon", Users: c.users, Seed: who.seed}.Make(1, from)
	acknowledged := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	began := time.Now()
	var took time.Duration
	go func() {
		err := knock(ctx, address, made.Requests[0])
		took = time.Since(began)
		acknowledged <- err
	}()
	server, err := who.start(ctx, who.url, address)
	if err != nil {
		cancel()
		return f, errors.Join(err, <-acknowledged)
	}
	if err := <-acknowledged; err != nil {
		return f, errors.Join(err, server.Stop())
	}
	f.StartMS = float64(took.Microseconds()) / 1000
	f.Events, f.Answers = 1, map[int]int{http.StatusOK: 1}
	return f, server.Stop()
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
	defer conn.Close()
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
