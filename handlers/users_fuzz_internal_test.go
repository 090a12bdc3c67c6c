package handlers

import (
	"strings"
	"testing"
	"unicode/utf8"

	usersync "usersync/sync"
)

// Whatever the body is, reading it ends without a panic, quotes no value in an
// error, and accepts nothing that no database keeps.
func FuzzParseChange(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"email":"a@b"}`, `{"email":null,"suspended":true,"suspended_reason":"x"}`,
		`{"metadata":{"a":[1,2,{"b":null}]},"external_id":"e"}`, `{"name":"\ud800"}`, `{"name":"\u0000"}`,
		`{"email":"a","email":"b"}`, `{"metadata":{"a":1e999999}}`, "{\"name\":\"\xff\"}", `[{"email":"a"}]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		change, err := parseChange(body)
		if err != nil {
			if !utf8.ValidString(err.Error()) || strings.ContainsFunc(err.Error(), func(r rune) bool { return r < 0x20 || r == '@' }) {
				t.Errorf("the error quotes what was sent: %q", err)
			}
			return
		}
		if len(change.ExternalID) > 255 {
			t.Errorf("an external id of %d bytes", len(change.ExternalID))
		}
		for field, v := range change.Fields {
			document, _ := v.Document()
			if text := v.Str() + document; !utf8.ValidString(text) || strings.Contains(text, "\x00") {
				t.Errorf("%s: %q", usersync.Field(field), text)
			}
		}
	})
}
