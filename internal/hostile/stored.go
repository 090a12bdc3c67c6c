package hostile

import (
	"fmt"
	"strings"
)

// stored are proven deliveries that reach the database whole: each as a row or
// as a dead letter, with text that one database or the other cannot hold as it
// stands.
func stored(s sign) (cases []Case) {
	proven := func(name, body, outcome string) {
		cases = append(cases, post(s.of(body), body).stored(name, outcome))
	}
	const dead = "dead_letter"
	user := func(n int) string { return fmt.Sprintf(`"id":"%s-stored-%d",`, Canary, n) }
	for i, field := range []string{"email", "displayName", "avatarUrl", "phone", "projectId"} {
		for name, value := range map[string]string{
			"NUL": `a\u0000b`, "NUL alone": `\u0000`, "a lone surrogate": `a\ud800b`, "half a pair": `\ud83d`, "a pair in disorder": `\ude00\ud83d`,
			"control characters": `\u0001\u001b\u007f\u0085\u009f`, "no character": `\uffff\ufdd0`, "10 000 characters": strings.Repeat("x", 10_000),
		} {
			proven(field+": "+name, event("user.updated", fmt.Sprintf(`%s%q:"%s"`, user(i), field, value)), "")
		}
	}
	for i, field := range []string{"createdAt", "updatedAt", "lastSignInAt"} {
		for name, at := range map[string]string{
			"year 9999": `"9999-12-31T23:59:59.999999Z"`, "year 0": `"0000-01-01T00:00:00Z"`, "a negative year": `"-0044-03-15T12:00:00Z"`,
			"a negative year of six digits": `"-271821-04-20T00:00:00Z"`, "year 294276": `"+294276-12-31T23:59:59Z"`, "before 1970": "-62135596801", "the largest number": "9223372036854775807",
		} {
			proven(field+": "+name, event("user.updated", fmt.Sprintf("%s%q:%s", user(10+i), field, at)), "")
		}
	}
	for name, kind := range map[string]string{"created": "user.created", "deleted": "user.deleted", "banned": "user.banned"} {
		for size, outcome := range map[int]string{255: "", 256: dead, 10_000: dead} {
			id := kind + strings.Repeat("x", size-len(kind))
			proven(fmt.Sprintf("%s: an id of %d bytes", name, size), event(kind, `"id":"`+id+`"`), outcome)
		}
		for character, escape := range map[string]string{"NUL": `\u0000`, "a tabulator": `\t`, "a bell": `\u0007`, "an escape": `\u001b`, "a delete character": `\u007f`, "a lone surrogate": `\udfff`} {
			proven(name+": an id with "+character, event(kind, `"id":"`+Canary+escape+`"`), dead)
		}
	}
	whole := event("user.updated", user(20)+`"displayName":"x"`)
	for name, body := range map[string]string{
		"the event":    strings.Replace(whole, "{", `{"\u0065vent":"user.deleted",`, 1),
		"the time":     strings.Replace(whole, "{", `{"timestam\u0070":"2020-01-01T00:00:00Z",`, 1),
		"the data":     strings.Replace(whole, "{", `{"d\u0061ta":{},`, 1),
		"the user":     strings.Replace(whole, `"user":`, `"us\u0065r":{},"user":`, 1),
		"a field":      strings.Replace(whole, `"displayName"`, `"displ\u0061yName":"y","displayName"`, 1),
		"both ways":    strings.Replace(whole, `"displayName"`, `"displ\u0061yName":"y","displayN\u0061me"`, 1),
		"the metadata": event("user.updated", user(20)+`"publicMetadata":{"a":1,"\u0061":2}`),
	} {
		proven("doubled by an escape: "+name, body, dead)
	}
	for name, id := range map[string]string{
		"NUL": `\u0000`, "a lone surrogate": `\ud800`, "a line feed": `\n`, "255 bytes": strings.Repeat("e", 255), "256 bytes": strings.Repeat("e", 256), "10 000 bytes": strings.Repeat("e", 10_000),
	} {
		proven("event id: "+name, strings.Replace(whole, "{", `{"id":"`+id+`",`, 1), "")
	}
	return cases
}
