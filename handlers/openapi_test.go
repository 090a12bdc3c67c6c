package handlers_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"usersync/handlers"
	"usersync/internal/apitest"
)

// The document has every route below /api/v1 with its methods, and no other.
func TestDocumentHasEveryRoute(t *testing.T) {
	t.Parallel()
	_, _, admin := newHandlers(settings{users: &fakeUsers{}, desk: newFakeDesk().desk()})
	var documented []string
	for path, item := range apitest.Load(t).Document["paths"].(map[string]any) {
		for method := range item.(map[string]any) {
			documented = append(documented, strings.ToUpper(method)+" "+path)
			if method == "get" && path != "/api/v1/users/{provider}/{id}/wait" {
				documented = append(documented, "HEAD "+path)
			}
		}
	}
	slices.Sort(documented)
	if served := handlers.RoutesForTest(admin, "/api/v1"); !slices.Equal(served, documented) {
		t.Errorf("served:\n%s\n\ndocumented:\n%s", strings.Join(served, "\n"), strings.Join(documented, "\n"))
	}
}

// What the document says of itself holds: references lead somewhere, names are used once,
// schemas are schemas, and examples fit them.
func TestDocumentIsSound(t *testing.T) {
	t.Parallel()
	c := apitest.Load(t)
	if version := c.Document["openapi"]; version != "3.1.0" {
		t.Errorf("openapi: %v", version)
	}
	used := map[string]bool{}
	walk(c.Document, "#", func(at string, node map[string]any) {
		if target, isReference := node["$ref"].(string); isReference {
			used[target] = true
			if c.At(target) == nil {
				t.Errorf("%s: nothing is at %s", at, target)
			}
		}
		if strings.HasSuffix(at, "/schema") {
			if err := c.Fits(at, []byte("null")); err != nil && !strings.Contains(err.Error(), "at ''") {
				t.Errorf("%s is no schema: %v", at, err)
			}
		}
		checkExamples(t, c, at, node)
	})
	for kind, all := range c.Document["components"].(map[string]any) {
		for name := range all.(map[string]any) {
			if at := "#/components/" + kind + "/" + name; kind != "securitySchemes" && !used[at] {
				t.Errorf("nobody needs %s", at)
			}
		}
	}
}

// checkExamples holds the examples of a body or a parameter against its schema.
func checkExamples(t *testing.T, c *apitest.Contract, at string, node map[string]any) {
	if _, has := node["schema"]; !has {
		return
	}
	examples := []any{}
	if example, has := node["example"]; has {
		examples = append(examples, example)
	}
	several, _ := node["examples"].(map[string]any)
	for _, one := range several {
		if target, isReference := one.(map[string]any)["$ref"].(string); isReference {
			one = c.At(target)
		}
		examples = append(examples, one.(map[string]any)["value"])
	}
	for _, example := range examples {
		if err := c.Fits(at+"/schema", apitest.JSON(t, example)); err != nil {
			t.Errorf("%s: an example: %v", at, err)
		}
	}
}

// Every operation has what an OpenAPI document has to have, under the names that it gives.
func TestDocumentHasItsForm(t *testing.T) {
	t.Parallel()
	c := apitest.Load(t)
	allowed := func(at string, node any, names ...string) map[string]any {
		object, isObject := node.(map[string]any)
		if !isObject {
			t.Errorf("%s is no object", at)
		}
		for name := range object {
			if !slices.Contains(names, name) {
				t.Errorf("%s: OpenAPI knows no %s there", at, name)
			}
		}
		return object
	}
	allowed("#", c.Document, "openapi", "info", "servers", "security", "tags", "paths", "components")
	tags, ids := map[string]bool{}, map[string]bool{}
	for _, tag := range c.Document["tags"].([]any) {
		tags[tag.(map[string]any)["name"].(string)] = true
	}
	for path, item := range c.Document["paths"].(map[string]any) {
		for method, operation := range allowed(path, item, "get", "post", "patch") {
			at := method + " " + path
			o := allowed(at, operation, "operationId", "tags", "summary", "description", "parameters", "requestBody", "responses")
			id, _ := o["operationId"].(string)
			if id == "" || ids[id] || o["summary"] == nil || len(o["tags"].([]any)) != 1 || !tags[o["tags"].([]any)[0].(string)] {
				t.Errorf("%s: operationId %q is missing or not the only one, or the summary or a known tag is missing", at, id)
			}
			ids[id] = true
			checkParameters(t, at, path, o)
			for status, response := range o["responses"].(map[string]any) {
				if target, isReference := response.(map[string]any)["$ref"].(string); isReference {
					response = c.At(target)
				}
				r := allowed(at+" "+status, response, "description", "headers", "content")
				content := allowed(at+" "+status, r["content"], "application/json")
				if r["description"] == nil || allowed(at, content["application/json"], "schema", "example", "examples")["schema"] == nil {
					t.Errorf("%s %s lacks a description or a schema", at, status)
				}
			}
			for _, status := range []string{"400", "401", "403"} {
				if o["responses"].(map[string]any)[status] == nil {
					t.Errorf("%s may be answered %s", at, status)
				}
			}
		}
	}
}

func checkParameters(t *testing.T, at, path string, operation map[string]any) {
	seen := map[string]bool{}
	parameters, _ := operation["parameters"].([]any)
	for _, p := range parameters {
		p := p.(map[string]any)
		name, in := p["name"].(string), p["in"].(string)
		inPath := strings.Contains(path, "{"+name+"}")
		if seen[name] || p["schema"] == nil || (in != "query" && in != "path") || inPath != (in == "path") || in == "path" && p["required"] != true {
			t.Errorf("%s: the parameter %s is there twice, has no schema or is in the wrong place", at, name)
		}
		seen[name] = true
	}
	for _, part := range strings.Split(path, "/") {
		if name := strings.Trim(part, "{}"); name != part && !seen[name] {
			t.Errorf("%s: %s is no parameter", at, name)
		}
	}
}

// walk visits every object of a document.
func walk(node any, at string, visit func(at string, node map[string]any)) {
	switch node := node.(type) {
	case map[string]any:
		visit(at, node)
		for _, name := range slices.Sorted(maps.Keys(node)) {
			walk(node[name], at+"/"+apitest.Escape(name), visit)
		}
	case []any:
		for i, below := range node {
			walk(below, fmt.Sprint(at, "/", i), visit)
		}
	}
}

// The document is served as it is.
func TestDocumentIsServed(t *testing.T) {
	t.Parallel()
	s := newAPISite(t, newFakeDesk())
	var document map[string]any
	if answer := s.get("/openapi.json"); answer.Code != 200 || json.Unmarshal(answer.Body.Bytes(), &document) != nil || document["openapi"] != "3.1.0" {
		t.Errorf("%d %.200s", answer.Code, answer.Body)
	}
}
