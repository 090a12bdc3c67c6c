package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usersync/providers"
)

const recordedRequests = "../../providers/testdata/"

func TestDefinitionsListAndShow(t *testing.T) {
	t.Parallel()
	code, out, errs := runProgram(t, "definitions", "list")
	if code != exitOK || errs != "" || strings.Count(out, "\n") != len(providers.Types())+1 || !strings.HasPrefix(out, "TYPE ") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	if strings.Contains(out, "  , ") || !strings.Contains(out, "public keys") {
		t.Errorf("what proves deliveries is shown as\n%s", out)
	}
	code, out, _ = runProgram(t, "definitions", "list", "--json")
	var all []providers.Capabilities
	if err := json.Unmarshal([]byte(out), &all); err != nil || code != exitOK || len(all) != len(providers.Types()) || all[0].Name == "" || len(all[0].Kinds) == 0 {
		t.Errorf("exit code %d, %v\n%s", code, err, out)
	}
	source, err := providers.Source("authon")
	if err != nil {
		t.Fatal(err)
	}
	if code, out, errs := runProgram(t, "definitions", "show", "authon"); code != exitOK || out != string(source) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if code, _, errs := runProgram(t, "definitions", "show", "authn"); code != exitUsage || !strings.Contains(errs, "choose one of "+strings.Join(providers.Types(), ", ")) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// try runs definitions test on a file and a request.
func try(t *testing.T, definition, request string, more ...string) (code int, out, errs string) {
	t.Helper()
	return runProgram(t, append([]string{"definitions", "test", definition, request}, more...)...)
}

func TestDefinitionsTest(t *testing.T) {
	t.Parallel()
	request := recordedRequests + "authon/typed-user.updated.http"
	secret := []string{"--secret-file", recordedRequests + "authon/secret.txt"}
	at := []string{"--at", "2026-11-21T01:55:50Z"}
	code, out, errs := try(t, "authon", request, append(secret, at...)...)
	if code != exitOK || errs != "" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	for _, line := range []string{
		"definition  built-in authon\n",
		"            passed\n",
		"signed: {timestamp}.{body}: the timestamp \"2026-11-21T01:55:47.087Z\" of X-Authon-Timestamp, and a body of 502 bytes\n",
		"user.fields.name                 displayName     \"Jane Roe 0\"\n",
		"command     user.updated of user usr_4b30b5bc34b3, event evt_d16e7e864b6f at 2026-11-21T01:55:47.087Z\n",
		"tenant_id            \"proj_abc123\"\n",
		"suspended            false\n",
	} {
		if !strings.Contains(out, line) {
			t.Errorf("%q is not in\n%s", line, out)
		}
	}
	for name, c := range map[string]struct {
		more []string
		says string
		code int
	}{
		"too late":     {secret, "--at says when it arrived; ", exitFailed},
		"wrong secret": {append([]string{"--secret", "not the secret"}, at...), "REFUSED, mismatch: ", exitFailed},
		"no secret":    {at, "not checked: no credential of secrets was given", exitOK},
		"no such flag": {[]string{"--bearer", "x"}, "bearer: authon does not use it", exitConfig},
		"no time":      {[]string{"--at", "noon"}, "--at: want a time", exitUsage},
	} {
		code, out, errs := try(t, "authon", request, c.more...)
		if code != c.code || !strings.Contains(out+errs, c.says) || strings.Contains(out+errs, "not the secret") {
			t.Errorf("%s: exit code %d, want %q\n%s%s", name, code, c.says, out, errs)
		}
	}
}

func TestDefinitionsTestOfAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "acme.yaml")
	put := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	put("acme.yaml", `
verify: {hmac: {header: X-Sig}}
unpack: json
event: {id: id, type: type, time: at, user: user.id, types: {made: user.created}}
user: {at: user, fields: {email: email}}
`)
	// No Content-Length: the body is all that follows, and here without a type.
	request := put("made.http", "POST /x HTTP/1.1\nX-Sig: 00\n\n"+`{"kind":"made","id":"1","at":"2026-01-15T12:00:00Z","user":{"id":"u","email":"ann@example.com"}}`)
	code, out, errs := try(t, file, request)
	if code != exitFailed || errs != "" || !strings.Contains(out, "event.type  type  absent  the event has the members kind, id, at, user\n") || !strings.Contains(out, "dead letter no_type: the event names no type\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	put("acme.yaml", "extends: authon\nevent: {type: knd}\nuser: {feilds: {}}\n")
	code, out, errs = try(t, file, request)
	if code != exitConfig || out != "" || errs != "The definition cannot be used:\n"+file+`:3: user: unknown key "feilds" (did you mean fields?); the keys are access, at, fields, life`+"\n" {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	put("acme.yaml", "extends: authon\nevent: {type: kind, types: {made: user.created}, time: at, user: user.id}\nuser: {at: user}\n")
	code, out, errs = try(t, file, request, "--json")
	var result struct {
		Steps    []providers.Step `json:"steps"`
		Commands []struct {
			Kind   string         `json:"kind"`
			Fields map[string]any `json:"fields"`
		} `json:"commands"`
		Rows []struct {
			Columns map[string]any `json:"columns"`
		} `json:"rows"`
	}
	if err := json.Unmarshal([]byte(out), &result); err != nil || code != exitOK || len(result.Rows) != 1 || result.Rows[0].Columns["email"] != "ann@example.com" || result.Commands[0].Kind != "user.created" || len(result.Steps) < 5 {
		t.Errorf("exit code %d, %v\n%s%s", code, err, out, errs)
	}
	for text, says := range map[string]string{
		"nonsense": "is no recorded request",
		"POST /x HTTP/1.1\r\nContent-Length: 100\r\n\r\n{}": "fewer bytes than its headers say",
	} {
		if code, _, errs := try(t, file, put("other.http", text)); code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("exit code %d\n%s", code, errs)
		}
	}
	if code, _, errs := try(t, "authn", request); code != exitUsage || !strings.Contains(errs, `"authn" is neither a file nor a type`) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// The script of a definition may call the actions about users.
func TestDefinitionsTestOfAScript(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"acme.yaml": "verify: {secret: {header: X-Key}}\nunpack: json\nscript: acme.js\n",
		"acme.js":   "actions.user.ban({id: body.who, event_id: body.nr, occurred_at: body.at})\n",
		"ban.http":  "POST /x HTTP/1.1\n\n" + `{"who":"u","nr":"1","at":"2026-01-15T12:00:00Z"}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	code, out, errs := try(t, filepath.Join(dir, "acme.yaml"), filepath.Join(dir, "ban.http"))
	if code != exitOK || errs != "" || !strings.Contains(out, "command     user.banned of user u, ") || !strings.Contains(out, "suspended            true\n") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}

// With --provider the definition, the settings and the secrets are those of the
// configuration.
func TestDefinitionsTestOfAConfiguredProvider(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "usersync.yaml")
	text := "providers:\n  acme:\n    definition: {extends: authon, user: {fields: {name: null}}}\n    secrets_file: " + recordedRequests + "authon/secret.txt\n    tolerance: 0\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	request := recordedRequests + "authon/typed-user.updated.http"
	code, out, errs := runProgram(t, "definitions", "test", "--config", file, "--provider", "acme", request)
	if code != exitOK || errs != "" || !strings.Contains(out, file+":3, which extends authon\n") || !strings.Contains(out, "            passed\n") || strings.Contains(out, "user.fields.name") {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
	for says, arguments := range map[string][]string{
		`no provider "acne" is configured`: {"--provider", "acne", request},
		"brings its own credentials":       {"--provider", "acme", "--secret", "x", request},
		"say REQUEST.http and nothing":     {"--provider", "acme", "authon", request},
	} {
		code, _, errs := runProgram(t, append([]string{"definitions", "test", "--config", file}, arguments...)...)
		if code != exitUsage || !strings.Contains(errs, says) {
			t.Errorf("%q: exit code %d\n%s", arguments, code, errs)
		}
	}
}

func TestSchema(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{nil, {"config"}, {"definition"}} {
		code, out, errs := runProgram(t, append([]string{"schema"}, arguments...)...)
		var schema map[string]any
		if err := json.Unmarshal([]byte(out), &schema); err != nil || code != exitOK || errs != "" || schema["$schema"] != providers.Dialect {
			t.Errorf("%q: exit code %d, %v\n%s", arguments, code, err, errs)
		}
		if isConfig := strings.Contains(out, `"users_table"`); isConfig != (len(arguments) == 0 || arguments[0] == "config") {
			t.Errorf("%q prints the other one", arguments)
		}
	}
	if code, _, errs := runProgram(t, "schema", "event"); code != exitUsage || !strings.Contains(errs, "say config or definition") {
		t.Errorf("exit code %d\n%s", code, errs)
	}
}

// A challenge that comes as POST is answered by serve only if it is proven.
func TestDefinitionsTestOfAChallenge(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	file := put("acme.yaml", `
verify: {secret: {header: X-Key}}
unpack: json
handshake: [{challenge: {type: {type: hello}, take: challenge, answer: challenge}}]
event: {id: id, type: type, time: at, user: user.id, types: {made: user.created}}
user: {at: user, fields: {email: email}}
`)
	request := put("hello.http", "POST /x HTTP/1.1\nX-Key: k\n\n"+`{"type":"hello","challenge":"c"}`)
	for key, want := range map[string]int{"k": exitOK, "other": exitFailed} {
		code, out, errs := try(t, file, request, "--secret", key)
		if code != want || errs != "" || !strings.Contains(out, "handshake   answered with 200") || strings.Contains(out, "REFUSED") != (want != exitOK) || strings.Contains(out, "command") {
			t.Errorf("exit code %d\n%s%s", code, out, errs)
		}
	}
	request = put("other.http", "POST /x HTTP/1.1\nX-Key: other\n\n"+`{"type":"hello","challenge":"c"}`)
	code, out, errs := try(t, file, request, "--secret", "k", "--json")
	if code != exitFailed || !strings.Contains(out, `"rejected"`) || !strings.Contains(out, `"handshake"`) {
		t.Errorf("exit code %d\n%s%s", code, out, errs)
	}
}
