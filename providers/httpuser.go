package providers

import (
	"context"
	"errors"
	"maps"
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
	return placed(answered.body, h.part.at), seenAt(answered.instant, answered.received), true, nil
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
