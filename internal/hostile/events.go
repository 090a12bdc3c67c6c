package hostile

import (
	"net/http"
	"strings"
)

// events are well-formed and proven, with values that break databases and
// those who trust them.
func events(s sign) (cases []Case) {
	proven := func(name, body, outcome string) {
		cases = append(cases, post(s.of(body), body).stored(name, outcome))
	}
	const dead = "dead_letter"
	for name, id := range map[string]string{
		"empty": `""`, "null": "null", "a list": `["x"]`, "an object": `{"id":"x"}`, "true": "true",
		"10 000 characters": `"` + strings.Repeat("x", 10_000) + `"`, "256 bytes": `"` + strings.Repeat("x", 256) + `"`,
		"128 two-byte characters": `"` + strings.Repeat("\u00e9", 128) + `"`,
		"a NUL":                   `"a\u0000b"`, "a line feed": `"a\nb"`, "a delete character": `"a\u007fb"`, "an escape": `"a\u001bb"`, "a lone surrogate": `"a\ud800b"`,
	} {
		proven("id: "+name, event("user.created", `"id":`+id), dead)
	}
	proven("id: missing", event("user.created", `"email":"`+Canary+`@example.com"`), dead)
	for name, id := range map[string]string{
		"255 bytes": `"` + strings.Repeat("x", 255) + `"`, "a quote": `"'; DROP TABLE users; --"`, "a path": `"../../etc/passwd"`, "markup": `"<script>alert(1)</script>"`,
		"an emoji": `"\ud83d\ude00"`, "right to left": `"\u202egro.elpmaxe"`, "space": `" "`, "a percent": `"%s%n"`, "a number": "12345678901234567890",
		"composed": `"\u00e9"`, "decomposed": `"e\u0301"`, "upper case": `"` + strings.ToUpper(Canary) + `"`,
	} {
		proven("id: "+name, event("user.updated", `"id":`+id), "")
	}
	for name, at := range map[string]string{
		"year 9999": "9999-12-31T23:59:59.999Z", "tomorrow's decade": "2096-01-01T00:00:00Z", "year 0": "0000-00-00T00:00:00Z", "a negative year": "-0001-01-01T00:00:00Z",
		"year 10000": "10000-01-01T00:00:00Z", "the 30th of February": "2026-02-30T00:00:00Z", "hour 25": "2026-01-01T25:00:00Z", "a word": "yesterday",
	} {
		proven("time: "+name, eventAt("user.updated", at, `"id":"`+Canary+`"`), dead)
	}
	for name, at := range map[string]string{"1970": "1970-01-01T00:00:00.000Z", "1969": "1969-12-31T23:59:59.999Z", "nanoseconds": "2026-01-01T00:00:00.123456789Z", "an offset": "2026-01-01T00:00:00+14:00"} {
		proven("time: "+name, eventAt("user.updated", at, `"id":"`+Canary+`"`), "")
	}
	for name, fields := range map[string]string{
		"NUL":                    `"displayName":"a\u0000b","email":"a\u0000@example.com"`,
		"a lone surrogate":       `"displayName":"\ud800","avatarUrl":"\udfff"`,
		"surrogates in disorder": `"displayName":"\udc00\ud800"`,
		"metadata with NUL":      `"publicMetadata":{"a\u0000":"b\u0000"}`,
		"metadata, surrogate":    `"publicMetadata":{"a":"\ud800"}`,
		"metadata, 1e999":        `"publicMetadata":{"a":1e999,"b":-1e-999}`,
		"metadata, digits":       `"publicMetadata":{"a":` + strings.Repeat("9", 5000) + `}`,
		"metadata, prototype":    `"publicMetadata":{"__proto__":{"admin":true},"constructor":{"prototype":{}}}`,
		"metadata, 60 levels":    `"publicMetadata":` + strings.Repeat(`[`, 55) + strings.Repeat("]", 55),
		"metadata, wide":         `"publicMetadata":[` + strings.Repeat("0,", 100_000) + `0]`,
		"10 000 characters":      `"displayName":"` + strings.Repeat("x", 10_000) + `","email":"` + strings.Repeat("e", 10_000) + `@example.com"`,
		"wrong kinds":            `"email":{},"displayName":[],"emailVerified":"maybe","isBanned":"yes"`,
		"numbers":                `"email":1,"displayName":2.5,"emailVerified":1,"isBanned":0`,
		"times":                  `"createdAt":"9999-12-31T23:59:59Z","updatedAt":"0001-01-01T00:00:00Z","lastSignInAt":"-1"`,
		"time as a huge number":  `"updatedAt":1e300,"createdAt":-9223372036854775809`,
		"all null":               `"email":null,"displayName":null,"avatarUrl":null,"phone":null,"publicMetadata":null`,
		"a link with script":     `"avatarUrl":"javascript:alert(1)"`,
		"a log line":             `"displayName":"x\n{\"level\":\"error\"}\u001b[2J"`,
	} {
		proven("profile: "+name, event("user.updated", `"id":"`+Canary+`",`+fields), "")
	}
	proven("an unknown type", event("user.exploded", `"id":"x"`), "ignored")
	proven("a type of 10 000 characters", event(strings.Repeat("t", 10_000), `"id":"x"`), "")
	unsigned := event("user.deleted", `"id":"`+Canary+`"`)
	return append(cases, post(nil, unsigned).expect("a deletion, unsigned", http.StatusUnauthorized))
}
