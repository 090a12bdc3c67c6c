package config_test

import (
	"testing"
	"time"

	"usersync/internal/config"
)

func TestRetention(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text            string
		events, letters time.Duration
	}{
		{"", 720 * time.Hour, 2160 * time.Hour},
		{"retention: {processed_events: 24h}\n", 24 * time.Hour, 2160 * time.Hour},
		{"retention: {processed_events: 0, dead_letters: 0}\n", 0, 0},
		{"retention: {processed_events: 7d, dead_letters: 365d}\n", 168 * time.Hour, 8760 * time.Hour},
	} {
		got := mustLoad(t, c.text+oneProvider, config.Options{}).Retention
		if *got.ProcessedEvents != c.events || *got.DeadLetters != c.letters {
			t.Errorf("%s: %v and %v", c.text, *got.ProcessedEvents, *got.DeadLetters)
		}
	}
}
