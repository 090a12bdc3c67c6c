package main

import (
	"strings"
	"testing"
)

func TestUserOfTheCommandLine(t *testing.T) {
	t.Parallel()
	for id, fine := range map[string]bool{
		"usr_1": true, `it's 100% "x" ü`: true, strings.Repeat("x", 255): true,
		"": false, "usr_1\r": false, "usr_1\n": false, "\x9b1m": false, "\u009b": false, "\xff": false, strings.Repeat("x", 256): false,
	} {
		key, err := userOf([]string{"authon", id})
		if (err == nil) != fine || fine && key.UserID != id {
			t.Errorf("%q: %v, %v", id, key, err)
		}
	}
}
