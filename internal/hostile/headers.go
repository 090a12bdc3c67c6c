package hostile

import (
	"fmt"
	"net/http"
	"strings"
)

// headers are deliveries whose other headers are a burden.
func headers(s sign) (cases []Case) {
	body := harmless()
	valid := post(s.of(body), body)
	tooLarge := http.StatusRequestHeaderFieldsTooLarge
	many := make([]string, 2000)
	for i := range many {
		many[i] = fmt.Sprintf("X-%d: %s", i, strings.Repeat("y", 100))
	}
	cases = []Case{
		valid.with("X-Huge: "+strings.Repeat("x", 200<<10)).expect("200 KB", tooLarge),
		valid.with("X-"+strings.Repeat("x", 200<<10)+": y").expect("a name of 200 KB", tooLarge),
		valid.with(many...).expect("2000 of them", tooLarge),
		bare("POST", "/"+strings.Repeat("a", 200<<10)).expect("a target of 200 KB", tooLarge),
		valid.with("X-Large: "+strings.Repeat("x", 30<<10)).stored("30 KB", ""),
		valid.with("Authorization: Bearer "+Canary, "Cookie: session="+Canary, "X-Webhook-Secret: "+Canary).stored("credentials for somebody else", ""),
		valid.with("X-Forwarded-For: 127.0.0.1", "X-Real-Ip: "+Canary, "Forwarded: for="+Canary).stored("another origin", ""),
		valid.with("X-Empty:").stored("an empty value", ""),
		valid.with("User-Agent: "+"\u00e9\u4e16").stored("not ASCII", ""),
	}
	for name, line := range map[string]string{
		"a name with a space": "X Y: z", "no name": ": z", "no colon": "nonsense", "a NUL": "X: a\x00b", "an escape": "X: a\x1bb",
		"a delete character": "X: a\x7fb", "a second host": "Host: elsewhere", "a name of another script": "\u0445: y",
	} {
		cases = append(cases, valid.with(line).expect(name, http.StatusBadRequest))
	}
	for name, host := range map[string]string{"a host with a space": "a b", "a host with a slash": "a\\b<>"} {
		text := strings.Replace(valid.text(), "Host: localhost", "Host: "+host, 1)
		c := raw(name, text, http.StatusBadRequest)
		cases = append(cases, c)
	}
	return append(cases, raw("no host", strings.Replace(valid.text(), "Host: localhost\r\n", "", 1), http.StatusBadRequest))
}
