package providers

import (
	"context"
	"errors"
	"maps"

	"github.com/tidwall/gjson"
)

// httpUser reads one user by a request.
type httpUser struct {
	*client
	part   *fetchPart
	params map[string]string
}

// user implements userSource.
func (h *httpUser) user(ctx context.Context, id string, b *budget) (raw string, at seen, found bool, err error) {
	params := maps.Clone(h.params)
	params[idPlaceholder] = id
	u, query, err := h.part.call.address(h.base, params)
	if err != nil {
		return "", seen{}, false, err
	}
	u.RawQuery = query.Encode()
	answered, err := h.get(ctx, u, b)
	var status *statusError
	if errors.As(err, &status) && status.gone() {
		return "", seen{}, false, nil
	}
	if err != nil {
		return "", seen{}, false, err
	}
	at = seenAt(answered.instant, answered.received)
	if h.part.items == nil {
		return placed(answered.body, h.part.at), at, true, nil
	}
	raw, found, err = firstOfList(answered.body, h.part.items)
	return raw, at, found, err
}

// firstOfList returns the first user of an answer that is strict JSON and has an
// array of those who were found. None, or null, says that there is nobody.
func firstOfList(body string, items []path) (raw string, found bool, err error) {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	switch list := firstAt(doc, items); {
	case list.kind == null:
		return "", false, nil
	case list.kind == document && gjson.Parse(list.text).IsArray():
		first := gjson.Get(list.text, "0")
		return first.Raw, first.Exists(), nil
	}
	return "", false, toldError{text: "the answer has no list of users at fetch.items"}
}

// placed returns what stands at the first path that leads to an object, of an
// answer that is strict JSON; else all of it.
func placed(body string, at []path) string {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(body)
	for _, p := range at {
		if place := doc.find(root, p); place != nowhere && doc.isObject(place) {
			return doc.values[place].raw
		}
	}
	return body
}
