package hostile

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// signatures are requests whose credentials are not quite right: each header
// that proves something is spoilt in every way, alone.
func signatures(s sign) (cases []Case) {
	body := harmless()
	valid := s.of(body)
	refuse := func(name string, h http.Header) {
		cases = append(cases, post(h, body).expect(name, http.StatusUnauthorized))
	}
	for _, header := range slices.Sorted(maps.Keys(valid)) {
		if header == "Content-Type" {
			continue
		}
		for _, w := range wrongValues(valid.Get(header)) {
			h := valid.Clone()
			h[header] = w.values
			refuse(header+" "+w.name, h)
		}
	}
	refuse("no header at all", http.Header{})
	refuse("of another body", s.of(body+" "))
	refuse("of an empty body", s.of(""))
	for i, place := range []int{0, len(body) / 2, len(body) - 1} {
		spoilt := []byte(body)
		spoilt[place] ^= 1
		cases = append(cases, post(valid, string(spoilt)).expect(fmt.Sprintf("a flipped bit %d", i), http.StatusUnauthorized))
	}
	cases = append(cases,
		post(valid, body+"\n").expect("a line feed after the body", http.StatusUnauthorized),
		post(valid, "\ufeff"+body).expect("a byte order mark before the body", http.StatusUnauthorized),
		post(http.Header{"Authorization": {"Bearer " + Canary}}, body).expect("a bearer token instead", http.StatusUnauthorized),
		post(valid, body).stored("valid", ""),
	)
	lower := request{method: "POST", target: Path, proto: "HTTP/1.1", body: body}
	for _, line := range headerLines(valid) {
		name, value, _ := strings.Cut(line, ":")
		lower = lower.with(strings.ToLower(name) + ":" + value)
	}
	upper := post(upperCase(valid), body).stored("upper-case hex", "")
	upper.Want = append(upper.Want, http.StatusUnauthorized)
	return append(cases, upper, lower.with(fmt.Sprintf("content-length: %d", len(body))).stored("lower-case names", ""))
}

// wrong is the spoilt form of a header.
type wrong struct {
	name   string
	values []string
}

// wrongValues spoils a credential or a signed time.
func wrongValues(valid string) []wrong {
	prefix, code, found := strings.Cut(valid, "=")
	if !found {
		prefix, code = "", valid
	} else {
		prefix += "="
	}
	one := func(name, value string) wrong { return wrong{name, []string{value}} }
	cases := []wrong{
		{"missing", nil},
		{"doubled", []string{valid, valid}},
		{"doubled, one wrong", []string{valid, spoil(valid)}},
		{"doubled, one empty", []string{"", valid}},
		one("empty", ""),
		one("wrong in the last place", spoil(valid)),
		one("cut by one", valid[:len(valid)-1]),
		one("one too long", valid+"0"),
		one("half", valid[:len(valid)/2]),
		one("no code", prefix),
		one("an unknown prefix", "v9="+code),
		one("twice the prefix", prefix+"x"+valid),
		one("not ASCII", prefix+"\u0661"+code[1:]),
		one("invalid UTF-8", prefix+"\xff\xfe"),
		one("a list of both", valid+","+spoil(valid)+","),
		one("quoted", `"`+valid+`"`),
		one("zero", prefix+"0"),
		one("negative", "-1"),
		one("a huge number", "99999999999999999999999999"),
		one("year 9999", "9999-12-31T23:59:59.999Z"),
		one("year 0", "0000-00-00T00:00:00Z"),
		one("a negative year", "-0001-01-01T00:00:00Z"),
		one("long ago", "2001-01-01T00:00:00.000Z"),
		one("not a number", "NaN"),
		one("60 KB", prefix+strings.Repeat("a", 60<<10)),
		one("base64", prefix+base64.StdEncoding.EncodeToString([]byte(code))),
		one("null", "null"),
		one("a format string", "%s%n%d"),
		one("an injection", "' OR '1'='1"),
	}
	if found {
		cases = append(cases, one("no prefix", code))
	}
	return cases
}

// spoil changes the last character.
func spoil(value string) string {
	last := byte('0')
	if value[len(value)-1] == last {
		last = '1'
	}
	return value[:len(value)-1] + string(last)
}

// upperCase writes what stands behind a prefix in upper case.
func upperCase(valid http.Header) http.Header {
	h := valid.Clone()
	for name := range h {
		if prefix, code, found := strings.Cut(h.Get(name), "="); found {
			h.Set(name, prefix+"="+strings.ToUpper(code))
		}
	}
	return h
}
