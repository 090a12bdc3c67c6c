// Package apitest holds answers of the admin listener against the OpenAPI document.
package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"usersync/handlers/openapi"
)

// where the document is for the validator.
const where = "memory:///openapi.json"

// Contract is the document, ready to judge answers.
type Contract struct {
	Document map[string]any
	compiler *jsonschema.Compiler

	mu       sync.Mutex
	compiled map[string]*jsonschema.Schema
}

// Load reads the document. For a test it is stricter than for the world: an answer has no
// member that the document does not name.
func Load(t testing.TB) *Contract {
	t.Helper()
	text, err := openapi.Document()
	if err != nil {
		t.Fatal(err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	closeObjects(document)
	c := &Contract{Document: document.(map[string]any), compiler: jsonschema.NewCompiler(), compiled: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	if err := c.compiler.AddResource(where, document); err != nil {
		t.Fatal(err)
	}
	return c
}

// closeObjects lets no object of a schema have members that are not named.
func closeObjects(node any) {
	switch node := node.(type) {
	case map[string]any:
		if _, named := node["properties"].(map[string]any); named && node["additionalProperties"] == nil {
			node["additionalProperties"] = false
		}
		for _, below := range node {
			closeObjects(below)
		}
	case []any:
		for _, below := range node {
			closeObjects(below)
		}
	}
}

// Check says what is wrong with an answer to a request for a path, which is escaped and
// without a query: an undocumented status, or a body that does not fit.
func (c *Contract) Check(method, path string, status int, header http.Header, body []byte) error {
	pointer := "#/components/schemas/Error"
	if operation, known := c.operation(method, path); known {
		response, at := c.resolve(operation + "/responses/" + strconv.Itoa(status))
		if response == nil {
			return fmt.Errorf("%s %s: the document knows no answer %d", method, path, status)
		}
		if err := checkHeaders(response, header); err != nil {
			return fmt.Errorf("%s %s: %d: %w", method, path, status, err)
		}
		pointer = at + "/content/application~1json/schema"
	} else if status < http.StatusBadRequest {
		return fmt.Errorf("%s %s is answered %d, and the document knows no such operation", method, path, status)
	}
	if kind := header.Get("Content-Type"); kind != "application/json" {
		return fmt.Errorf("%s %s: %d: the content type is %q", method, path, status, kind)
	}
	if method == http.MethodHead {
		return nil
	}
	if err := c.Fits(pointer, body); err != nil {
		return fmt.Errorf("%s %s: %d %.300s: %w", method, path, status, body, err)
	}
	return nil
}

// Fits says why a JSON document does not fit the schema at a place of the document.
func (c *Contract) Fits(pointer string, body []byte) error {
	schema, err := c.schema(pointer)
	if err != nil {
		return err
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return err
	}
	return schema.Validate(value)
}

func (c *Contract) schema(pointer string) (*jsonschema.Schema, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if schema := c.compiled[pointer]; schema != nil {
		return schema, nil
	}
	schema, err := c.compiler.Compile(where + pointer)
	if err == nil {
		c.compiled[pointer] = schema
	}
	return schema, err
}

// checkHeaders says which of the documented headers is missing.
func checkHeaders(response map[string]any, header http.Header) error {
	documented, _ := response["headers"].(map[string]any)
	for name := range documented {
		if header.Get(name) == "" {
			return fmt.Errorf("the header %s is missing", name)
		}
	}
	return nil
}

// operation finds where the document has the operation of a request. A literal part of a
// path comes before a parameter.
func (c *Contract) operation(method, path string) (pointer string, known bool) {
	if method == http.MethodHead {
		method = http.MethodGet
	}
	best := ""
	for template, item := range c.Document["paths"].(map[string]any) {
		if !matches(template, path) || item.(map[string]any)[strings.ToLower(method)] == nil {
			continue
		}
		if best == "" || strings.Count(template, "{") < strings.Count(best, "{") {
			best = template
		}
	}
	return "#/paths/" + Escape(best) + "/" + strings.ToLower(method), best != ""
}

// matches reports whether a path is one of a template's.
func matches(template, path string) bool {
	wanted, given := strings.Split(template, "/"), strings.Split(path, "/")
	if len(wanted) != len(given) {
		return false
	}
	for i := range wanted {
		if wanted[i] != given[i] && (!strings.HasPrefix(wanted[i], "{") || given[i] == "") {
			return false
		}
	}
	return true
}

// Escape writes a member's name as a JSON pointer has it.
func Escape(name string) string {
	return strings.NewReplacer("~", "~0", "/", "~1").Replace(name)
}

// resolve returns what stands at a pointer, and where that really is.
func (c *Contract) resolve(pointer string) (node map[string]any, at string) {
	node, _ = c.At(pointer).(map[string]any)
	if target, isReference := node["$ref"].(string); isReference {
		return c.resolve(target)
	}
	return node, pointer
}

// At is what stands at a pointer such as #/paths, nil if nothing does.
func (c *Contract) At(pointer string) any {
	var node any = c.Document
	for _, part := range strings.Split(strings.TrimPrefix(strings.TrimPrefix(pointer, "#"), "/"), "/") {
		object, _ := node.(map[string]any)
		node = object[strings.NewReplacer("~1", "/", "~0", "~").Replace(part)]
	}
	return node
}

// JSON is a part of the document as text.
func JSON(t testing.TB, node any) []byte {
	t.Helper()
	text, err := json.Marshal(node)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// OperationID is the name of the operation that answers a request, "" if the document knows
// none.
func (c *Contract) OperationID(method, path string) string {
	pointer, known := c.operation(method, path)
	if !known {
		return ""
	}
	return c.At(pointer).(map[string]any)["operationId"].(string)
}

// OperationIDs are the names of all operations.
func (c *Contract) OperationIDs() (ids []string) {
	for _, item := range c.Document["paths"].(map[string]any) {
		for _, operation := range item.(map[string]any) {
			id, _ := operation.(map[string]any)["operationId"].(string)
			ids = append(ids, id)
		}
	}
	return ids
}
