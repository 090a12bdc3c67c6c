package main

import (
	"errors"
	"strings"
)

// parseSettings reads the values of --set. Of two for one key the last counts.
// The error does not quote the word: it may be a secret.
func parseSettings(words []string) (map[string]string, error) {
	settings := make(map[string]string, len(words))
	for _, word := range words {
		key, value, found := strings.Cut(word, "=")
		if !found || key == "" {
			return nil, usageError{errors.New("--set: want KEY=VALUE with a key of the configuration, as listen=127.0.0.1:9090")}
		}
		settings[key] = value
	}
	return settings, nil
}
