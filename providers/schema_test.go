package providers

import (
	"bytes"
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v3"
)

// compiledSchema is Schema as a validator has it.
func compiledSchema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	schema, err := Schema(false)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("definition.json", schema); err != nil {
		t.Fatal(err)
	}
	compiled, err := c.Compile("definition.json")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

// asJSON is a YAML text as a validator sees it.
func asJSON(t *testing.T, text []byte) (any, error) {
	t.Helper()
	var value any
	if err := yaml.Unmarshal(text, &value); err != nil {
		return nil, err
	}
	written, err := json.Marshal(value)
	if err != nil {
		return nil, err
	}
	return jsonschema.UnmarshalJSON(bytes.NewReader(written))
}

func TestEveryPlaceIsDescribed(t *testing.T) {
	t.Parallel()
	d, err := describeDefinition(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, vague := range d.vague {
		t.Error(vague)
	}
}

// Every key has a sentence in keys.yaml, and every sentence a key.
func TestEveryKeyHasASentence(t *testing.T) {
	t.Parallel()
	d, err := describeDefinition(false)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range slices.Sorted(maps.Keys(d.asked)) {
		if d.sentence(key) == "" {
			t.Errorf("%s: there is no sentence about this key", key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(d.sentences)) {
		if !d.asked[key] {
			t.Errorf("%s: there is no such key", key)
		}
		if s := d.sentences[key]; !strings.HasSuffix(s, ".") || strings.Count(s, ". ") > 0 {
			t.Errorf("%s: %q is not one sentence", key, s)
		}
	}
}

func TestBuiltInDefinitionsFitTheSchema(t *testing.T) {
	t.Parallel()
	schema := compiledSchema(t)
	for _, typ := range Types() {
		text, err := Source(typ)
		if err != nil {
			t.Fatal(err)
		}
		value, err := asJSON(t, text)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(value); err != nil {
			t.Errorf("%s: %v", typ, err)
		}
	}
}

// unseen are the rules that the schema does not tell: what other parts say,
// what the text of a value means, and which keys of a larger block belong
// together.
func unseen() []*regexp.Regexp {
	var rules []*regexp.Regexp
	for _, rule := range []string{
		// What other parts say.
		`no element of verify signs`, `only standard_webhooks signs`, `in different formats`, `api\.auth is missing`, `there is no (fetch|list) with a path`, `is not declared in api\.params`,
		`only the token is proven`, `the tokens use no secret`, `token beside the body`, `the algorithms`, `verifies these algorithms`,
		`there is nobody to fetch`, `would have one id`, `those behind it never count`,
		// What a header may not be, and what a name may not be.
		`holds the credential \(api\.auth\)`, `a credential belongs to api\.auth`, `would stand in Authorization twice`, `and not id or url`, `has a key of its own`,
		// Templates and what must stand in them.
		`expected a param that the operator sets`, `a path begins with /`, `where a window begins`, `less than list\.size\.max`, `has a \{from\} of its own`,
		`content has \{timestamp\}`, `content has no \{timestamp\}`, `only \{timestamp\} and \{body\}`, `\{body\} must be signed`, `is no placeholder`,
		`: expected \{id\}`, `with either \{external_id\} or \{email\}`, `the user has no place in path and query`, `: expected a value of the user, or a list of objects`, `can only be created`, `beside sql there are only id and user`,
		// The grammar of paths, JSON and dotted names.
		`has the modifier`, `must go from member to member`, `has an empty component`, `expected a media type`, `the body is not JSON`, `stands in a string`, `not written as JSON has it`, `has an empty name`, `is an object and a value`,
		// Keys that belong together.
		`separator belongs to concat`, `banned and unbanned belong to path`, `ban and unban come together`, `expected create and update`, `beside none there is nothing`,
		`expected const \(and with\)`, `without calls there are only steps`, `expected list, create, delete and hook`,
		`a (GET|POST) has`, `without a body there is no`, `a status of 204 has no body`, `only jwt has one`, `cut by its content type`,
		`reply\.body: expected a text`, `the list is empty; write ignore`, `leave it out if it is one event`,
		`beside any there is nothing`, `need names of their own`, `it has no header`, `two ways to write a signature`, `fields has a timestamp`,
		`hmac.timestamp: the key "header" is missing`, `key stands in the element itself`,
		`a file that ends in \.js`, `there is no part user`,
		`modes are for a body`, `nothing takes url`, `webhooks\.delivered: there is no test`,
	} {
		rules = append(rules, regexp.MustCompile(rule))
	}
	return rules
}

func TestTheSchemaSeesWhatIsBad(t *testing.T) {
	t.Parallel()
	schema, rules := compiledSchema(t), unseen()
	used := map[*regexp.Regexp]bool{}
	files, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are none")
	}
	for _, file := range files {
		text := readFile(t, file)
		fault, _, _ := strings.Cut(string(text), "\n")
		value, err := asJSON(t, text)
		if err != nil || schema.Validate(value) != nil {
			continue
		}
		at := slices.IndexFunc(rules, func(rule *regexp.Regexp) bool { return rule.MatchString(fault) })
		if at < 0 {
			t.Errorf("the schema does not see %s", fault)
			continue
		}
		used[rules[at]] = true
	}
	for _, rule := range rules {
		if !used[rule] {
			t.Errorf("the schema sees all of %s", rule)
		}
	}
}
