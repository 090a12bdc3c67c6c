package main

import (
	"errors"
	"strings"
	"testing"
)

func TestConfirmed(t *testing.T) {
	t.Parallel()
	for answer, want := range map[string]string{
		"yes\n":   "",
		" Yes \n": "",
		"y\n":     "not confirmed",
		"no\n":    "not confirmed",
		"\n":      "not confirmed",
		"":        "--yes",
		"yes":     "--yes", // cut off
	} {
		err := confirmed(strings.NewReader(answer))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", answer, err)
		}
		var usage usageError
		if errors.As(err, &usage) != (want == "--yes") {
			t.Errorf("%q: a usage error: %v", answer, err)
		}
	}
}
