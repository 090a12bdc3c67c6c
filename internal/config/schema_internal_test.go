package config

import (
	"strings"
	"testing"
)

// Every key has a sentence in keys.yaml, and every sentence a key.
func TestEveryKeyHasASentence(t *testing.T) {
	t.Parallel()
	d, err := newDescriber()
	if err != nil {
		t.Fatal(err)
	}
	d.section(rootShape(), "")
	for _, key := range sortedKeys(d.asked) {
		if d.sentences[key] == "" {
			t.Errorf("%s: there is no sentence about this key", key)
		}
	}
	for _, key := range sortedKeys(d.sentences) {
		if !d.asked[key] {
			t.Errorf("%s: there is no such key", key)
		}
		if s := d.sentences[key]; !strings.HasSuffix(s, ".") || strings.Contains(s, ". ") {
			t.Errorf("%s: %q is not one sentence", key, s)
		}
	}
}
