package config

import (
	"strings"
	"testing"
)

func TestIsWord(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]bool{
		"idp0": true, "base64": true, "user.banned": true, "user.*": true, "node-auth": true, "HEX": true, "": true,
		"event.v2_2024": false, strings.Repeat("a", 32): true, strings.Repeat("a", 33): false,
		"whsec_abc": false, "sk_live_abc": false, "Idp0": false, "two words": false, "a+b/c=": false,
		"0f1e2d3c4b5a69788796a5b4c3d2e1f0": false,
	} {
		if got := isWord(value); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

// What stands in the place of a secret is never shown, however harmless.
func TestAFaultOfASecretQuotesNothing(t *testing.T) {
	t.Parallel()
	l := newLoader(Options{})
	for message, want := range map[string]string{
		`secrets: "abc" is short`:        "(not shown) is short",
		`bearer: number 1 is "abc"`:      "number 1 is (not shown)",
		`type: there is no "abc"`:        `there is no "abc"`,
		`signature.encoding: "abc" is x`: `"abc" is x`,
		`nothing: "abc" and "A b"`:       `nothing: "abc" and (not shown)`,
	} {
		if got := l.locateFault("providers"+separator+"x", message); got.message != want {
			t.Errorf("%s: %q", message, got.message)
		}
	}
}
