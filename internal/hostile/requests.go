package hostile

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// sign returns the headers that prove a body, as the provider would send them.
type sign func(body []byte) http.Header

// Requests returns all cases. signedValid gives the headers of a valid delivery
// of a body to Path; they are asked for now, so send the cases soon.
func Requests(signedValid func(body []byte) http.Header) []Case {
	s := sign(signedValid)
	return slices.Concat(
		grouped("signature", signatures(s)),
		grouped("path", paths(s)),
		grouped("method", methods(s)),
		grouped("encoding", encodings(s)),
		grouped("framing", framings(s)),
		grouped("smuggling", smuggling(s)),
		grouped("header", headers(s)),
		grouped("size", sizes(s)),
		grouped("body", bodies(s)),
		grouped("event", events(s)),
		grouped("stored", stored(s)),
		grouped("slow", slow(s)),
	)
}

func grouped(group string, cases []Case) []Case {
	for i := range cases {
		cases[i].Name = group + "/" + cases[i].Name
	}
	return cases
}

// of signs a text.
func (s sign) of(body string) http.Header { return s([]byte(body)).Clone() }

// harmless is a body that any receiver takes.
func harmless() string {
	return event("user.created", `"id":"`+Canary+`-user","email":"`+Canary+`@example.com"`)
}

// event is a body that happened just now.
func event(name, user string) string { return eventAt(name, now(), user) }

func eventAt(name, at, user string) string {
	return fmt.Sprintf(`{"event":%q,"timestamp":%q,"data":{"user":{%s}}}`, name, at, user)
}

func now() string { return time.Now().UTC().Format("2006-01-02T15:04:05.000Z") }
