package providers

import (
	"mime"
	"net/http"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Reply is an answer in the words of the sender.
type Reply struct {
	Status      int
	Header      map[string]string // beside those of every answer
	ContentType string            // "" if there is no body
	Body        []byte
	Note        string // for the log: what somebody may want to know of a handshake
}

// jsonType is the content type of JSON.
const jsonType = "application/json"

// Reply returns what a delivery that was taken is answered with, nil for the
// receipt that nearly all senders are content with.
func (p *Provider) Reply() *Reply { return p.def.reply }

// reply reads the part `reply`.
func (r *reader) reply(n *yaml.Node) *Reply {
	a := &Reply{Status: http.StatusOK}
	contentType := ""
	r.mapping(n, "reply", block{
		"status": func(n *yaml.Node) { a.Status = r.replyStatus(n) },
		"body":   func(n *yaml.Node) { a.Body, a.ContentType = r.replyBody(n) },
		"content_type": func(n *yaml.Node) {
			contentType = r.checked(n, "reply.content_type", func(written string) string {
				if _, _, err := mime.ParseMediaType(written); err != nil || strings.ContainsFunc(written, isControl) {
					return `expected a media type such as application/json`
				}
				return ""
			})
		},
	})
	switch {
	case a.Body != nil && a.Status == http.StatusNoContent:
		r.fault(n, "reply: a status of 204 has no body")
	case a.Body == nil && contentType != "":
		r.fault(n, "reply: without a body there is no content_type")
	}
	if contentType != "" {
		a.ContentType = contentType
	}
	return a
}

// replyStatus reads a status that a sender can expect of a delivery that was taken.
func (r *reader) replyStatus(n *yaml.Node) (status int) {
	statuses := []int{http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent}
	if r.schema != nil {
		r.schema.accept(n, keywords{"enum": statuses})
		return statuses[0]
	}
	if n.Kind != yaml.ScalarNode || n.Tag != "!!int" || n.Decode(&status) != nil || !slices.Contains(statuses, status) {
		r.fault(n, "reply.status: expected 200, 201, 202 or 204: a delivery that was taken is answered by nothing else")
	}
	return status
}

// replyBody reads a text, which is sent as it is, or a mapping or list, which is
// sent as JSON.
func (r *reader) replyBody(n *yaml.Node) (body []byte, contentType string) {
	document := func(n *yaml.Node) { body, contentType = []byte(r.constantJSON(n, "reply.body")), jsonType }
	r.either(n, forms{
		scalar:  func(n *yaml.Node) { body, contentType = []byte(r.word(n, "reply.body")), "text/plain; charset=utf-8" },
		mapping: document,
		list:    document,
	})
	return body, contentType
}
