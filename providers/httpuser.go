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
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(answered.body)
	where := root
	for _, p := range h.part.at {
		if place := doc.find(root, p); place != nowhere && doc.isObject(place) {
			where = place
			break
		}
	}
	return doc.values[where].raw, seenAt(answered.instant, answered.received), true, nil
}
