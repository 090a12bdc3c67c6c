package providers

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// byOthers judges a document with jsontext.
func byOthers(doc string) bool {
	return utf8.ValidString(doc) && !deeper(doc, maxDepth) && jsontext.Value(doc).IsValid(jsontext.AllowInvalidUTF8(true))
}

// strictDocuments are at the borders of what is a document, some on each side.
var strictDocuments = []string{
	``, ` `, `null`, `nul`, `nulls`, `true`, `false `, "\ufeff{}", "{}\x00", "{}\v", "\r\n\t {} ", `{} {}`, `{}}`, `[]]`, `[`, `{`,
	`{,}`, `{"a"}`, `{"a":}`, `{"a":1,}`, `{"a":1 "b":2}`, `{"a" 1}`, `{a:1}`, `{1:1}`, `{"a":1;}`, `[,]`, `[1,]`, `[1 2]`, `[1}`, `{"a":1]`, ` [ ] `, ` { } `, `[[],{},[{}]]`,
	`0`, `-0`, `00`, `01`, `-01`, `-`, `+1`, `.5`, `1.`, `1.e1`, `1e`, `1e+`, `1e+01`, `1E-1`, `1e1.5`, `-0.0e-0`, `0x1`, `1e400`, `NaN`, `Infinity`, `1_0`, strings.Repeat("9", 400),
	`"`, `"a`, `"\`, `"\"`, `"\\"`, `"\x"`, `"\u12"`, `"\u12g4"`, `"\uABcd"`, `"\/\b\f\n\r\t"`, "\"\x1f\"", "\"\x7f\"", "\"\t\"", "\"1234567\x00\"", "\"123456\x01\\\"", `"12345678"`, `"1234567\"9"`,
	`"\ud800"`, `"\ud83d\ude00"`, `"\ude00\ud83d"`, `"\ud800\u0041"`, `"\ud800`, `"\ud800\u12"`, "\"\u00e9\u20ac\U0001f600\"", "\"\xff\"", "\"\xed\xa0\x80\"", "\"\xc0\x80\"", "{\"\xff\":1}",
	`{"a":1,"a":2}`, `{"a":1,"\u0061":2}`, `{"\u0061":1,"a":2}`, `{"":1,"":2}`, `{"":1,"a":2}`, `{"a":1,"A":2}`, `{"ab":1,"ba":2}`, `{"axb":1,"ayb":2,"axb":3}`, `{"\ud800":1,"\ud801":2}`, `{"\ud800":1,"\ufffd":2}`, "{\"\u00e9\":1,\"\\u00e9\":2}",
	`{"a":{"a":1},"b":{"a":1}}`, `{"a":{"b":1,"b":2}}`, `[{"a":1},{"a":1}]`, `[{"a":[{"b":1,"b":2}]}]`, `{"a":[{"b":1}],"b":2,"a":3}`, `{"x":{"a":1},"a":2,"x":3}`,
	manyNames(fewNames), manyNames(fewNames + 1), manyNames(2 * fewNames), doubledName(2*fewNames, 0), doubledName(2*fewNames, fewNames-1), doubledName(2*fewNames, 2*fewNames-1), doubledName(fewNames, fewNames-1),
	`{"\ud800\u0041":1}`, `{"a":` + manyObjects + `,"b":{"c":1}}`, `{"a":[` + manyObjects + `],"b":{"c":1}}`,
	manyObjects, manyObjects[:len(manyObjects)-1] + `,"\u4e00":4}`,
	strings.Repeat("[", maxDepth) + strings.Repeat("]", maxDepth), strings.Repeat("[", maxDepth+1) + strings.Repeat("]", maxDepth+1),
	strings.Repeat(`{"a":`, maxDepth) + "1" + strings.Repeat("}", maxDepth), strings.Repeat(`{"a":`, maxDepth+1) + "1" + strings.Repeat("}", maxDepth+1),
}

// manyNames is an object with so many members.
func manyNames(n int) string {
	doc := strings.Builder{}
	for i := range n {
		doc.WriteString(`,"n` + string(rune('0'+i)) + `m":{"o":[]}`)
	}
	return "{" + doc.String()[1:] + "}"
}

// doubledName is one that has a name twice.
func doubledName(n, which int) string {
	return strings.TrimSuffix(manyNames(n), "}") + `,"n` + string(rune('0'+which)) + `m":1}`
}

// manyObjects is one that has more members than are noted at once.
var manyObjects = func() string {
	doc := strings.Builder{}
	for i := range usualValues {
		doc.WriteString(`,"` + string(rune(0x4e00+i)) + `":{"a":1,"b":{"c":[{"d":1}],"e":{}}}`)
	}
	return "{" + doc.String()[1:] + "}"
}()

// What a stranger sends is validated before it is proven: however many members it has,
// few are noted.
func TestManyMembersAreNotNoted(t *testing.T) {
	t.Parallel()
	for name, doc := range map[string]string{
		"in the root": manyObjects, "deeper": `{"a":` + manyObjects + `}`, "twice": `{"a":` + manyObjects + `,"b":` + manyObjects + `}`, "in an array": "[" + manyObjects + "]",
	} {
		var noted tree
		if !noted.load(doc) {
			t.Fatalf("%s: not taken", name)
		}
		if cap(noted.values) > 2*usualValues {
			t.Errorf("%s: room for %d values", name, cap(noted.values))
		}
	}
}

// The scanner is as strict as jsontext, and what it notes is what stands there.
func FuzzStrictJSON(f *testing.F) {
	for _, doc := range strictDocuments {
		f.Add(doc)
		f.Add(`{"a":[` + doc + `],"b":` + doc + `}`)
	}
	for _, typ := range Types() {
		for _, rec := range recordings(f, typ) {
			f.Add(string(rec.request.Body))
		}
	}
	f.Fuzz(func(t *testing.T, doc string) {
		var noted tree
		valid := noted.load(doc)
		if valid != byOthers(doc) {
			t.Fatalf("%q is taken: %t", doc, valid)
		}
		if err := checkJSON([]byte(doc)); (err == nil) != valid {
			t.Fatalf("%q: %v", doc, err)
		}
		if valid {
			var read tree
			read.reset(doc)
			sameMembers(t, &noted, &read, root, root)
		}
	})
}

// sameMembers compares what was noted with what is read, which it is where nothing was.
func sameMembers(t *testing.T, noted, read *tree, at, other int) {
	t.Helper()
	if noted.values[at].name != read.values[other].name || noted.values[at].raw != read.values[other].raw {
		t.Fatalf("%q is noted as %q, and %q as %q", read.values[other].name, noted.values[at].name, read.values[other].raw, noted.values[at].raw)
	}
	at, other = noted.firstOf(at), read.firstOf(other)
	for at > root && other > root {
		sameMembers(t, noted, read, at, other)
		at, other = noted.values[at].next, read.values[other].next
	}
	if at > root || other > root {
		t.Fatalf("%d and %d: one has more members", at, other)
	}
}
