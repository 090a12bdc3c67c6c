package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	startTimeout = time.Minute
	// pollEvery is short: a start takes a few of these, not one long wait.
	pollEvery = 20 * time.Millisecond
)

// errPortTaken reports that another process took the port that was free before.
var errPortTaken = errors.New("the port was taken meanwhile")

// launch starts the server of a prepared folder and waits until it is ready.
func launch(bin, dir string, who account) (*process, error) {
	// Left by the server before; they would be taken for this one's.
	for _, stale := range []string{"ended", "data/postmaster.pid"} {
		if err := os.Remove(filepath.Join(dir, stale)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
	}
	p, err := watch(dir, who, filepath.Join(bin, "postgres"), "-D", filepath.Join(dir, "data"))
	if err != nil {
		return nil, err
	}
	if err := awaitReady(dir); err != nil {
		endErr := p.end("QUIT")
		text := p.output()
		if bytes.Contains(text, []byte("Address already in use")) {
			return nil, errPortTaken
		}
		return nil, errors.Join(fmt.Errorf("%w; its log ends with:\n%s", err, text), endErr)
	}
	return p, nil
}

// awaitReady polls for the word that the server writes into its pid file once
// it takes connections. A connection would prove less: it may reach another
// server on the same port.
func awaitReady(dir string) error {
	for deadline := time.Now().Add(startTimeout); time.Now().Before(deadline); time.Sleep(pollEvery) {
		if _, err := os.Stat(filepath.Join(dir, "ended")); err == nil {
			return errors.New("the server ended while starting")
		}
		text, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		lines := strings.Split(string(text), "\n")
		if len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready" {
			return nil
		}
	}
	return fmt.Errorf("the server was not ready after %s", startTimeout)
}
