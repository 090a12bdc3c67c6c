package config

import (
	"strings"
	"testing"
)

func TestExpand(t *testing.T) {
	t.Parallel()
	environment := map[string]string{"A": "alpha", "EMPTY": "", "NESTED": "${A}"}
	for text, want := range map[string]string{
		"":                        "",
		"plain $A $ {A} }":        "plain $A $ {A} }",
		"${A}":                    "alpha",
		"<${A}${A}>":              "<alphaalpha>",
		"${EMPTY}":                "",
		"${EMPTY:-default}":       "default",
		"${UNSET:-a: b # c}":      "a: b # c",
		"${UNSET:-}":              "",
		"${A:-default}":           "alpha",
		"$${A} ${A}":              "${A} alpha",
		"${NESTED}":               "${A}",
		"$$":                      "$$",
		"${UNSET:-one:-two} done": "one:-two done",
	} {
		got, err := expand(text, environment, func(string) {})
		if err != nil || got != want {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"${UNSET}":        "UNSET is not set",
		"${A":             "write $${",
		"${}":             "write $${",
		"${not a name}":   "write $${",
		"${A:-${EMPTY}}":  "may not hold another",
		"x ${UNSET} ${A}": "UNSET is not set",
	} {
		got, err := expand(text, environment, func(string) {})
		if err == nil || got != "" || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}

// What a variable holds is a value, whatever it looks like.
func TestAVariableCannotAddYAML(t *testing.T) {
	t.Parallel()
	hostile := "a: b # c\nlisten: 0.0.0.0:1\n- [x] \"'&*!"
	l := newLoader(Options{Environ: []string{"HOSTILE=" + hostile}})
	values, ok := l.readYAML([]byte("admin: {token: '${HOSTILE}'}\nlog:\n  level: \"<${HOSTILE}>\"\n"))
	if !ok || len(l.faults) > 0 || len(values) != 2 {
		t.Fatal(values, l.faults)
	}
	if got := values["admin"].(map[string]any)["token"]; got != hostile {
		t.Errorf("token %q", got)
	}
	if got := values["log"].(map[string]any)["level"]; got != "<"+hostile+">" {
		t.Errorf("level %q", got)
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	keys := []string{"listen", "secrets", "secrets_file", "max_body", "url", "type"}
	for word, want := range map[string]string{
		"secret": "secrets", "Listen": "listen", "maxBody": "max_body", "max-body": "max_body",
		"ulr": "url", "typ": "type", "banana": "", "": "", "secretsfile": "secrets_file",
		strings.Repeat("secrets", 100): "",
	} {
		if got := nearest(word, keys); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}
