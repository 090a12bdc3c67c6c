package providers

import (
	"strconv"
	"strings"
	"testing"

	usersync "usersync/sync"
)

const extending = `extends: authon
event: {types: {user.vanished: user.deleted, "session.*": null}}
user: {fields: {name: {concat: [first, last], separator: " "}, phone: null}}
samples: null
`

// source parses a definition of an operator.
func source(t *testing.T, text string) *OwnDefinition {
	t.Helper()
	s, err := ParseDefinition("acme.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestADefinitionExtendsABuiltInOne(t *testing.T) {
	t.Parallel()
	p, err := New("acme", Settings{Definition: source(t, extending), Auth: "none"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Type() != "authon" || p.Definition() != "acme.yaml:1, which extends authon" {
		t.Errorf("it is of %q, from %q", p.Type(), p.Definition())
	}
	c := one(t, decode(p, `{"event":"user.vanished","id":"e","timestamp":"2026-01-15T12:00:00Z","data":{"user":{"id":"u","first":"Ann","last":"Lee","displayName":"A","phone":"1","email":"a@example.com"}}}`))
	if c.Kind != usersync.KindDeleted || c.Fields[usersync.FieldName] != usersync.TextValue("Ann Lee") || c.Fields[usersync.FieldPhone].Present() || c.Fields[usersync.FieldEmail] != usersync.TextValue("a@example.com") {
		t.Errorf("%+v", c)
	}
	if p.meanings("session.created").of(nil).kind != usersync.KindNone || p.meanings("user.banned").of(nil).kind != usersync.KindBanned {
		t.Error("the other types are not those of the built-in one")
	}
	if _, _, err := p.Build("user.created", Sample{UserID: "u", Time: noon}); err == nil || !strings.Contains(err.Error(), "write the part samples") {
		t.Errorf("without samples: %v", err)
	}
	if plain := mustNew(t, "authon", Settings{Type: "authon", Auth: "none"}); plain.Definition() != "built-in authon" || plain.fields[usersync.FieldPhone] == nil {
		t.Error("the built-in one was changed")
	}
}

func TestADefinitionMayStandAlone(t *testing.T) {
	t.Parallel()
	text := "verify: {secret: {bearer: true}}\nunpack: json\nevent: " + plainEvent + "\nuser: {}\n"
	p, err := New("acme", Settings{Definition: source(t, text), Secrets: texts("s")})
	if err != nil {
		t.Fatal(err)
	}
	if p.Type() != "acme" || p.Definition() != "acme.yaml:1" {
		t.Errorf("it is of %q, from %q", p.Type(), p.Definition())
	}
}

// A fault points to the file in which it was written: that of the operator, or
// the built-in one that misses what the operator removed.
func TestFaultsOfExtendingDefinitions(t *testing.T) {
	t.Parallel()
	types := strings.Join(Types(), ", ")
	for text, want := range map[string]string{
		"extends: auton\n":    `acme.yaml:1: extends: there is no "auton" (did you mean authon?); the types are ` + types,
		"extends: [authon]\n": `acme.yaml:1: extends: expected a text`,
		"extends: authon\nuser:\n  fields:\n    nmae: x\n":      `acme.yaml:4: user.fields: "nmae" is no column (did you mean name?); the columns are ` + columnNames(),
		"extends: authon\nuser:\n  feilds: {}\n":                `acme.yaml:3: user: unknown key "feilds" (did you mean fields?); the keys are access, at, fields, life`,
		"extends: authon\nevent:\n  tpyes: null\n":              `acme.yaml:3: extends: authon has no "tpyes" to remove here (did you mean types?)`,
		"extends: authon\nevent:\n  types: null\n":              `acme.yaml:3: event: the key "types" is missing`,
		"extends: authon\nfetch: null\n":                        `definitions/authon.yaml:` + lineOf(t, "authon", "write:", 1) + `: write: there is no fetch with a path, which says how a user is answered`,
		"extends: authon\nunpack: json\nunpack: cloudevents\n":  `acme.yaml:3: definition: the key "unpack" stands twice`,
		"extends: authon\nuser:\n  at: null\n  at: data\n":      `acme.yaml:4: extends: the key "at" stands twice`,
		"extends: authon\nevent:\n  id:\n    hash: [a]\n":       `acme.yaml:4: event.id.hash: expected a text`,
		"extends: authon\n---\n":                                "",
		"extends: authon\nuser: {fields: {phone: {const: 1}}}":  "",
		"extends: authon\nuser: {fields: {phone: {konst: 1}}}":  `acme.yaml:2: user.fields.phone: unknown key "konst" (did you mean const?); the keys are concat, const, equals, event, first_where, in, not, path, segment, separator, strip, time, when`,
		"extends: authon\nverify: [{hmac: {header: '', a: 1}}]": "acme.yaml:2: hmac.header: \"\" is no header name\nacme.yaml:2: hmac: unknown key \"a\"; the keys are algorithm, content, encoding, fields, header, key, prefix, timestamp\nacme.yaml:1: event.time: signed: no element of verify signs a timestamp",
	} {
		_, err := New("acme", Settings{Definition: source(t, text), Auth: "none"})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%q gives\n%s\nwant\n%s", text, got, want)
		}
	}
}

// A block that replaces another one says which key to remove.
func TestABlockOverAnotherBlock(t *testing.T) {
	t.Parallel()
	_, err := New("acme", Settings{Definition: source(t, "extends: authon\nlist:\n  paging:\n    link: true\n"), Auth: "none"})
	const end = "; page is taken over from definitions/authon.yaml: remove it with page: null"
	if err == nil || !strings.HasPrefix(err.Error(), "acme.yaml:4: list.paging: expected one of ") || !strings.HasSuffix(err.Error(), end) {
		t.Error(err)
	}
	if _, err := New("acme", Settings{Definition: source(t, "extends: authon\nlist:\n  paging: {link: true, page: null}\n"), Auth: "none"}); err != nil {
		t.Error(err)
	}
}

// lineOf is the line behind that in which a built-in definition has a text.
func lineOf(t *testing.T, typ, text string, behind int) string {
	t.Helper()
	data, err := Source(typ)
	if err != nil {
		t.Fatal(err)
	}
	before, _, found := strings.Cut(string(data), "\n"+text)
	if !found {
		t.Fatalf("%s has no %q", typ, text)
	}
	return strconv.Itoa(strings.Count(before, "\n") + 2 + behind)
}

func TestNoDefinitionExtendsItself(t *testing.T) {
	t.Parallel()
	r := &reader{file: "definitions/authara.yaml"}
	if r.extended(r.root([]byte("extends: authon\n")), "authon", "authara") != nil {
		t.Fatal("read")
	}
	if got, want := r.err().Error(), "definitions/authara.yaml:1: extends: authon would extend itself: authon extends authara extends authon"; got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestATypeBesideADefinition(t *testing.T) {
	t.Parallel()
	if _, err := New("acme", Settings{Type: "authon", Definition: source(t, extending), Auth: "none"}); err != nil {
		t.Error(err)
	}
	_, err := New("acme", Settings{Type: "authara", Definition: source(t, extending), Auth: "none"})
	if err == nil || !strings.HasPrefix(err.Error(), "type: the definition says what this provider is") {
		t.Error(err)
	}
}
