package providers

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	usersync "usersync/sync"
)

func TestTimes(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]string{
		"2026-01-15T10:30:00Z":                "2026-01-15T10:30:00.000000Z",
		"2026-01-15t10:30:00z":                "2026-01-15T10:30:00.000000Z",
		"2026-01-15 10:30:00Z":                "2026-01-15T10:30:00.000000Z",
		"2026-01-15T10:30:00.1+05:30":         "2026-01-15T05:00:00.100000Z",
		"2026-01-15T10:30:00.123456789-23:59": "2026-01-16T10:29:00.123456Z",
		"1969-12-31T23:59:59.9999999Z":        "1969-12-31T23:59:59.999999Z",
		"0001-01-01T00:00:00Z":                "0001-01-01T00:00:00.000000Z",
		"9999-12-31T23:59:59.999999999Z":      "9999-12-31T23:59:59.999999Z",
		"2024-02-29T00:00:00Z":                "2024-02-29T00:00:00.000000Z",
		"s 1705320000":                        "2024-01-15T12:00:00.000000Z",
		"s 1705320000.25":                     "2024-01-15T12:00:00.250000Z",
		"s 1705320000.1234567":                "2024-01-15T12:00:00.123456Z",
		"s -0.0000001":                        "1969-12-31T23:59:59.999999Z",
		"s -1":                                "1969-12-31T23:59:59.000000Z",
		"ms 1705320000123":                    "2024-01-15T12:00:00.123000Z",
		"ms 1705320000123.4567":               "2024-01-15T12:00:00.123456Z",
		"ms 0":                                "1970-01-01T00:00:00.000000Z",
		"2126-01-15T12:00:00+00:00":           "2126-01-15T12:00:00.000000Z", // Postgres in JSON
		"2026-01-15 12:00:00+00":              "2026-01-15T12:00:00.000000Z", // and as text
		"2026-01-15 12:00:00.123456-08":       "2026-01-15T20:00:00.123456Z",
		"auto 1716883200":                     "2024-05-28T08:00:00.000000Z",
		"auto 1716883200.5":                   "2024-05-28T08:00:00.500000Z",
		"auto 1716883200000":                  "2024-05-28T08:00:00.000000Z",
		"auto 1716883200000000":               "2024-05-28T08:00:00.000000Z",
		"auto 99999999999":                    "5138-11-16T09:46:39.000000Z",
		"auto 100000000000":                   "1973-03-03T09:46:40.000000Z",
		"auto 99999999999999":                 "5138-11-16T09:46:39.999000Z",
		"auto 100000000000000":                "1973-03-03T09:46:40.000000Z",
		"auto 00000001716883200":              "2024-05-28T08:00:00.000000Z",
		"auto -1716883200000":                 "1915-08-06T16:00:00.000000Z",
		"auto 0":                              "1970-01-01T00:00:00.000000Z",
		"auto 2024-05-28T08:00:00Z":           "2024-05-28T08:00:00.000000Z",

		"": "", "2026": "", "2026-01-15": "", "2026-01-15T10:30:00": "", "2026-01-15T10:30Z": "",
		"2026-01-15T1:30:00Z": "", "2026-01-15T10:30:00,5Z": "", "2026-01-15T10:30:00.Z": "",
		"2026-01-15T10:30:00.1234567890Z": "", "2026-13-15T10:30:00Z": "", "2026-00-15T10:30:00Z": "",
		"2026-02-30T10:30:00Z": "", "2026-01-00T10:30:00Z": "", "2026-01-15T24:00:00Z": "",
		"2026-01-15T10:60:00Z": "", "2026-01-15T10:30:60Z": "", "2026-01-15T10:30:00+5:30": "",
		"2026-01-15T10:30:00+24:00": "", "2026-01-15T10:30:00+0530": "", "2026-01-15T10:30:00+05:60": "",
		"2026-01-15T10:30:00 Z": "", "2026-01-15T10:30:00Zx": "", "2026-01-15_10:30:00Z": "", "2026x01-15T10:30:00Z": "",
		"20x6-01-15T10:30:00Z": "", "0000-12-31T23:59:59Z": "", "0001-01-01T00:00:00+00:01": "", "9999-12-31T23:59:59-00:01": "", "10000-01-01T00:00:00Z": "",
		"s": "", "s x": "", "s 1e3": "", "s .5": "", "s 1.": "", "s +1": "", "s 999999999999": "", "s 9999999999999999999": "", "s -": "", "ms 99999999999999999": "",
		"auto ": "", "auto noon": "", "auto 1e12": "", "auto 9999999999999999999": "", "auto -": "", "auto 1.": "",
		"2026-01-15 12:00:00+0": "", "2026-01-15 12:00:00+24": "", "2026-01-15 12:00:00 00": "", "2026-01-15 12:00:00+0x": "", "2026-01-15 12:00:00": "", "infinity": "",
	} {
		format, rest := formatRFC3339, written
		for _, unit := range []timeFormat{formatSeconds, formatMillis, formatAuto} {
			if after, ok := strings.CutPrefix(written, string(unit)+" "); ok {
				format, rest = unit, after
			}
		}
		at, ok := format.parse(rest)
		if ok != (want != "") || ok && showMicros(at) != want {
			t.Errorf("%q became %s, %v; want %q", written, showMicros(at), ok, want)
		}
	}
}

func TestTimesAgreeWithTheStandardLibrary(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62135596800+86400, 253402300799-86400).Draw(t, "seconds"), rapid.Int64Range(0, 999999999).Draw(t, "nanos"))
		zone := time.FixedZone("", rapid.IntRange(-1439, 1439).Draw(t, "minutes")*60)
		written := at.In(zone).Format(time.RFC3339Nano)
		if got, ok := parseRFC3339(written); !ok || got != usersync.MicrosOf(at) {
			t.Fatalf("%s became %v, %v", written, got, ok)
		}
		if got, ok := formatMillis.parse(formatMillis.write(at)); !ok || got != usersync.MicrosOf(time.UnixMilli(at.UnixMilli())) {
			t.Fatalf("%s became %v, %v", formatMillis.write(at), got, ok)
		}
		if got, ok := formatSeconds.parse(formatSeconds.write(at)); !ok || got != usersync.Micros(at.Unix()*1e6) {
			t.Fatalf("%s became %v, %v", formatSeconds.write(at), got, ok)
		}
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"a": "", "a.b.c": "", "a.0.b": "", `a\.b`: "", `fav\.movie.x`: "", "a.#": "", "a.#.b": "", `a.#(b=="x.y|z").c`: "",
		`a.#(b>1)#.c`: "", `a.#(b>1)#|0`: "", `a.#(b.#(c=1)).d`: "", "a*": "", `a.#(b==")").c`: "", `a.#(b=="\")").c`: "", "a(b": "",
		`\$.a`: "", `\/a`: "", "$set.a": "", `a\[0\].b`: "", `a.#(b=="[0]").c`: "", `https://x/y`: "",

		"":           "a path is empty",
		".a":         "empty component",
		"a.":         "empty component",
		"a..b":       "empty component",
		"a||b":       "empty component",
		"a|b":        "the pipe does nothing here",
		"a.@reverse": "modifier @reverse",
		"@this":      "modifier @this",
		"!":          "modifier !",
		"a.{b,c}":    "builds a new document",
		"[a,b]":      "builds a new document",
		"a.#(b==1":   "not closed",
		`a.#(b=="1)`: "not closed",
		"a)":         "closing bracket",
		`a\`:         "ends with a backslash",
		"a.#x":       "after # stands nothing",
		"a\nb":       "control character",
		"$.a":        "another language",
		"$":          "another language",
		"/a/b":       "another language",
		"a[0].b":     "a dot before the number",
		"a.b[]":      "a dot before the number",
	} {
		err := checkPath(path)
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", path, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: %v, want %s", path, err, want)
		}
	}
}

func TestCanonicalDocuments(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		` { "b" : 1.50 , "a" : [ true , null , { } ] } `: `{"a":[true,null,{}],"b":1.50}`,
		`{"n":9007199254740993,"m":1E5,"k":-0}`:          `{"k":-0,"m":1E5,"n":9007199254740993}`,
		`{"b":1,"\u0061":2}`:                             `{"a":2,"b":1}`,
		`{"a\u0000":1,"c\u0000d":"x\u0000y"}`:            `{"a":1,"cd":"xy"}`,
		`{"a\u0000":1,"a":2}`:                            `{"a":2}`,
		`{"a":2,"a\u0000":1}`:                            `{"a":2}`,
		`"\ud800"`:                                       "\"\ufffd\"",
		`["\ud83d\ude00","\/","\u0001","\"","<"]`:        `["😀","/","\u0001","\"","<"]`,
		`{"é":1,"z":2,"Z":3}`:                            `{"Z":3,"z":2,"é":1}`,
		`null`:                                           `null`,
		`1e-999`:                                         `1e-999`,
		`1e+0000999`:                                     `1e+0000999`,
	} {
		got, err := canonicalJSON(raw)
		if err != nil || got != want {
			t.Errorf("%s became %s, %v; want %s", raw, got, err, want)
		}
	}
	for _, raw := range []string{`[1e1000]`, `{"a":-1E-5000}`, strings.Repeat("1", 1001)} {
		if got, err := canonicalJSON(raw); err == nil {
			t.Errorf("%s became %s", raw, got)
		}
	}
}

// documents draws JSON text: escapes, odd spacing and all.
func documents(depth int) *rapid.Generator[string] {
	space := rapid.SampledFrom([]string{"", " ", "\n\t"})
	str := rapid.Custom(func(t *rapid.T) string {
		parts := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "é", `\u0000`, `\ud800`, `\udc00`, `\ud83d\ude00`, `\"`, `\\`, `\/`, `\n`, "😀"}), 0, 4).Draw(t, "parts")
		return `"` + strings.Join(parts, "") + `"`
	})
	return rapid.Custom(func(t *rapid.T) string {
		kind := rapid.IntRange(0, 4).Draw(t, "kind")
		if depth == 0 && kind > 2 {
			kind = 0
		}
		switch kind {
		case 1:
			return rapid.SampledFrom([]string{"0", "-0", "1.50", "1e5", "1E+5", "12345678901234567890.123"}).Draw(t, "number")
		case 2:
			return rapid.SampledFrom([]string{"true", "false", "null"}).Draw(t, "word")
		case 3:
			items := rapid.SliceOfN(documents(depth-1), 0, 3).Draw(t, "items")
			return "[" + space.Draw(t, "space") + strings.Join(items, ",") + "]"
		case 4:
			var members []string
			for _, name := range rapid.SliceOfN(str, 0, 4).Draw(t, "names") {
				members = append(members, name+space.Draw(t, "space")+":"+documents(depth-1).Draw(t, "value"))
			}
			return "{" + strings.Join(members, ",") + "}"
		default:
			return str.Draw(t, "text")
		}
	})
}

func TestCanonicalFormIsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		raw := documents(3).Draw(t, "document")
		if checkJSON([]byte(raw)) != nil {
			t.Skip("a name twice")
		}
		once, err := canonicalJSON(raw)
		if err != nil {
			t.Fatal(err)
		}
		if err := checkJSON([]byte(once)); err != nil {
			t.Fatalf("%s became %s: %v", raw, once, err)
		}
		if strings.Contains(once, `\u0000`) || strings.Contains(once, `\ud`) {
			t.Fatalf("%s is not clean", once)
		}
		if again, err := canonicalJSON(once); err != nil || again != once {
			t.Fatalf("%s became %s, then %s", raw, once, again)
		}
	})
}

func TestStrictJSONErrorsShowNoPayload(t *testing.T) {
	t.Parallel()
	for _, body := range []string{`{"secretname":1,"secretname":2}`, `{"a":secretname}`, `["secretname`, `{"secretname"}`, "\"secretname\xff\"", `"secretname" "secretname"`, `  `, ``, "[\"secretname\x01\"]"} {
		err := checkJSON([]byte(body))
		if err == nil || strings.Contains(err.Error(), "secretname") {
			t.Errorf("%s: %v", body, err)
		}
	}
	for _, body := range []string{`"a\"b[[[["`, strings.Repeat("[", 64) + strings.Repeat("]", 64), `"\\"`, `{"a":"\ud800"}`, " {} \n"} {
		if err := checkJSON([]byte(body)); err != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestTheNearestNameIsProposed(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{"autho": "authon", "authonpro": "authon_pro", "auth": "authon", "Authpi": "authpi", "x": ""} {
		if got := nearest(word, []string{"authara", "authon", "authon_pro", "authpi"}); got != want {
			t.Errorf("%s: did you mean %q? Want %q", word, got, want)
		}
	}
}

func TestTheBestNameWins(t *testing.T) {
	t.Parallel()
	n := names[string]{{"*", "any"}, {"user.*", "user"}, {"user.email.*", "email"}, {"user.email.x", "exact"}}
	n.sort()
	for name, want := range map[string]string{"x": "any", "user.a": "user", "user.email.a": "email", "user.email.x": "exact"} {
		if got, ok := n.find(name); !ok || got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if _, ok := (names[string]{{"a", "x"}}).find("b"); ok {
		t.Error("a name was found that is not there")
	}
}
