package dashboard

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestPayloadsAreShown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		payload, form, text string
		cut                 bool
	}{
		"JSON":         {`{"a": [1,2 , {}],"a":"x, \"y\": [z]", "b":[ ]}`, "JSON", "{\n  \"a\": [\n    1,\n    2,\n    {}\n  ],\n  \"a\": \"x, \\\"y\\\": [z]\",\n  \"b\": []\n}", false},
		"a number":     {` 12 `, "JSON", "12", false},
		"no JSON":      {"{\"a\": \x07\u202e<b>", "text", `{"a": \a\u202e<b>`, false},
		"empty":        {"", "text", "", false},
		"bytes":        {"\xff\x00a", "bytes", "00000000  ff 00 61                                          |..a|\n", false},
		"turning JSON": {`["` + "\u202e" + `"]`, "JSON", "[\n  \"\\u202e\"\n]", false},
	} {
		v := viewPayload([]byte(c.payload))
		if v.Form != c.form || v.Text != c.text || v.Cut != c.cut || v.Size != int64(len(c.payload)) {
			t.Errorf("%s: %+v", name, v)
		}
	}
}

// However large or deep it is, a payload does not become a large page, nor slow.
func TestPayloadsAreBounded(t *testing.T) {
	t.Parallel()
	const large = 4 << 20
	for name, payload := range map[string]string{
		"deep":      strings.Repeat("[", 9000) + strings.Repeat("]", 9000),
		"wide":      "[" + strings.Repeat(`{"a":[]},`, large/9) + "1]",
		"a text":    `"` + strings.Repeat("é", large/2) + `"`,
		"no JSON":   strings.Repeat("é", large/2),
		"bytes":     strings.Repeat("\xff", large),
		"invisible": strings.Repeat("\u202e", large/3),
	} {
		v := viewPayload([]byte(payload))
		if !v.Cut || len(v.Text) > payloadShown {
			t.Errorf("%s: %d bytes, cut: %v", name, len(v.Text), v.Cut)
		}
		if !strings.HasPrefix(name, "in") && len(v.Text) < payloadHex {
			t.Errorf("%s: only %d bytes", name, len(v.Text))
		}
	}
}

// Whoever makes the lines short again has what was sent.
func TestIndentedSaysTheSame(t *testing.T) {
	t.Parallel()
	var document func(depth int) *rapid.Generator[string]
	document = func(depth int) *rapid.Generator[string] {
		return rapid.Custom(func(t *rapid.T) string {
			text := func() string {
				quoted, err := json.Marshal(rapid.String().Draw(t, "text"))
				if err != nil {
					t.Fatal(err)
				}
				return string(quoted)
			}
			gap := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "gap")
			kind := rapid.IntRange(0, 3).Draw(t, "kind")
			if depth == 0 || kind > 1 {
				return gap + rapid.SampledFrom([]string{"null", "-1.5e3", text()}).Draw(t, "leaf") + gap
			}
			var parts []string
			for range rapid.IntRange(0, 3).Draw(t, "parts") {
				part := document(depth-1).Draw(t, "part")
				if kind == 0 {
					part = text() + gap + ":" + part
				}
				parts = append(parts, part)
			}
			if kind == 0 {
				return "{" + gap + strings.Join(parts, ",") + "}"
			}
			return "[" + gap + strings.Join(parts, ",") + "]"
		})
	}
	rapid.Check(t, func(t *rapid.T) {
		sent := document(4).Draw(t, "document")
		var want, got bytes.Buffer
		if err := json.Compact(&want, []byte(sent)); err != nil {
			t.Fatalf("%q: %v", sent, err)
		}
		lines, cut := indented([]byte(sent), 1<<20)
		if err := json.Compact(&got, []byte(lines)); err != nil || cut || got.String() != want.String() {
			t.Fatalf("%q became %q: %v", sent, lines, err)
		}
	})
}
