package providers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"usersync/internal/secret"
)

// Hooks registers webhooks at a provider. Close it in the end.
type Hooks struct {
	*client
	name, typ string
	part      *hookPart
	params    map[string]string
	events    []string
	waiting   time.Duration // budget of each call
}

// Hook is a webhook as the provider shows it.
type Hook struct {
	ID     string   `json:"id"`
	URL    string   `json:"url"`
	Events []string `json:"events"`
	Status string   `json:"status,omitempty"`
}

// Hooks returns what registers webhooks. The error begins with the key that is
// at fault, or says how it is done by hand where there is no API for it.
func (p *Provider) Hooks(api APISettings) (*Hooks, error) {
	p.standards(&api, defaultFetchBudget)
	_, params, err := p.prepare(api)
	part := p.def.hooks
	switch {
	case err != nil:
		return nil, err
	case part == nil:
		return nil, fmt.Errorf("%s has no known API for webhooks: register the URL where its webhooks are set", p.typ)
	case part.create == nil:
		return nil, fmt.Errorf("%s has no API for webhooks: %s", p.typ, part.steps)
	}
	if err := p.def.api.missing(part.names(), params); err != nil {
		return nil, fmt.Errorf("%s shows no webhooks: %w", p.typ, err)
	}
	c, err := p.client(api, params)
	if err != nil {
		return nil, err
	}
	return &Hooks{client: c, name: p.name, typ: p.typ, part: part, params: params, events: p.subscriptions(), waiting: api.Budget}, nil
}

// ImpossibleError says that what was asked for cannot be. Nothing was sent.
type ImpossibleError string

// Error implements error.
func (e ImpossibleError) Error() string { return string(e) }

// Close gives up the connections.
func (h *Hooks) Close() { h.http.CloseIdleConnections() }

// Modes are how deliveries can prove themselves, the usual one first; nil if
// there is no choice.
func (h *Hooks) Modes() []string { return slices.Clone(h.part.modes) }

// List returns the webhooks that are registered, the first page of them.
func (h *Hooks) List(ctx context.Context) ([]Hook, error) {
	out, err := h.request(h.part.list, "", nil)
	if err != nil {
		return nil, h.failure("listing the webhooks", err)
	}
	found, err := h.send(ctx, out, newBudget(h.waiting))
	if err != nil {
		return nil, h.failure("listing the webhooks", err)
	}
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(found.body)
	items, err := arrayAt(doc, h.part.items, "webhooks")
	if err != nil {
		return nil, h.failure("listing the webhooks", err)
	}
	hooks := []Hook{}
	for _, item := range items {
		hook, ok := h.hook(item)
		if !ok {
			return nil, h.failure("listing the webhooks", errors.New("one of them has no id"))
		}
		hooks = append(hooks, hook)
	}
	return hooks, nil
}

// Create registers a webhook for the events that the definition needs, and
// returns it with its credentials, by the key of the settings that takes them.
// They are shown once. mode is one of Modes, "" for the usual.
func (h *Hooks) Create(ctx context.Context, url, mode string) (Hook, map[string]secret.Text, error) {
	if mode == "" && len(h.part.modes) > 0 {
		mode = h.part.modes[0]
	}
	if mode != "" && !slices.Contains(h.part.modes, mode) {
		return Hook{}, nil, h.failure("registering a webhook", ImpossibleError(fmt.Sprintf("there is no mode %q; %s", cut(mode), modesText(h.part.modes))))
	}
	out, err := h.request(h.part.create, "", h.values(url, mode))
	if err != nil {
		return Hook{}, nil, h.failure("registering a webhook", err)
	}
	found, err := h.post(ctx, out)
	if err != nil {
		return Hook{}, nil, h.failure("registering a webhook", err)
	}
	raw := placed(found.body, h.part.at)
	hook, ok := h.hook(raw)
	secrets := h.secrets(raw)
	for key, beside := range h.secrets(found.body) {
		if _, known := secrets[key]; !known {
			secrets[key] = beside // they are shown once, wherever they stand
		}
	}
	if !ok && len(secrets) == 0 {
		return Hook{}, nil, h.failure("registering a webhook", errors.New("the answer shows none: see what `usersync webhooks list` shows"))
	}
	if hook.URL == "" {
		hook.URL = url
	}
	if hook.Events == nil {
		hook.Events = h.events
	}
	return hook, secrets, nil
}

// Delete removes a webhook.
func (h *Hooks) Delete(ctx context.Context, id string) error {
	_, err := h.act(ctx, "removing a webhook", h.part.remove, id)
	return err
}

// Test has the provider post a test to a webhook. The error also tells if it
// says that the test was not taken.
func (h *Hooks) Test(ctx context.Context, id string) error {
	if h.part.test == nil {
		return ImpossibleError(fmt.Sprintf("%s has no call that sends a test: `usersync send %s EVENT --url URL` posts a sample", h.typ, h.name))
	}
	body, err := h.act(ctx, "testing a webhook", h.part.test, id)
	if err == nil && h.refused(body) {
		err = fmt.Errorf("testing a webhook of %s: the provider says that its test was not taken: if it reached the daemon, its log says why", h.name)
	}
	return err
}

// act sends a request about one webhook, again if that may help, and returns
// the answer. What an earlier attempt may have removed need not be there.
func (h *Hooks) act(ctx context.Context, what string, call *writeCall, id string) (body string, err error) {
	out, err := h.request(call, id, nil)
	if err != nil {
		return "", h.failure(what, err)
	}
	out.bare = true
	arrived := false
	err = h.patience.do(ctx, newBudget(h.waiting), func(ctx context.Context) error {
		found, err := h.once(ctx, out)
		var passing *transientError
		var status *statusError
		switch {
		case err == nil:
			body = found.body
		case errors.As(err, &passing):
			arrived = arrived || !passing.unsent
		case errors.As(err, &status) && status.gone() && arrived && call == h.part.remove:
			return nil
		case errors.As(err, &status) && status.gone():
			return errors.New("there is no such webhook: `usersync webhooks list` shows them")
		}
		return err
	})
	if err != nil {
		return "", h.failure(what, out.failed(err))
	}
	return body, nil
}

// post sends a request that must not be repeated once it may have arrived.
func (h *Hooks) post(ctx context.Context, out outgoing) (found *answer, err error) {
	err = h.patience.do(ctx, newBudget(h.waiting), func(ctx context.Context) (err error) {
		found, err = h.once(ctx, out)
		var passing *transientError
		if errors.As(err, &passing) && !passing.unsent {
			return fmt.Errorf("%s: it may be registered all the same, see what `usersync webhooks list` shows", err.Error())
		}
		return err
	})
	if err != nil {
		return nil, out.failed(err)
	}
	return found, nil
}

// values are what a body is made of.
func (h *Hooks) values(url, mode string) bodyValues {
	var events []string
	for _, name := range h.events {
		events = append(events, string(appendString(nil, name)))
	}
	values := bodyValues{hookURL: string(appendString(nil, url)), hookEvents: "[" + strings.Join(events, ",") + "]"}
	if mode != "" {
		values[hookMode] = string(appendString(nil, mode))
	}
	return values
}

func (h *Hooks) request(call *writeCall, id string, values bodyValues) (outgoing, error) {
	params := maps.Clone(h.params)
	params[idPlaceholder] = id
	u, query, err := call.call.address(h.base, params)
	if err != nil {
		return outgoing{}, err
	}
	u.RawQuery = query.Encode()
	out := outgoing{method: call.method, url: u}
	if call.body != nil && values != nil {
		body, _ := call.body.render(values, false)
		out.body = []byte(body)
	}
	return out, nil
}

// failure names what failed, and how it is done by hand where the provider did
// not want it.
func (h *Hooks) failure(what string, err error) error {
	var status *statusError
	if errors.As(err, &status) {
		return fmt.Errorf("%s of %s: %w; by hand: %s", what, h.name, err, h.part.steps)
	}
	return fmt.Errorf("%s of %s: %w", what, h.name, err)
}

func modesText(modes []string) string {
	if len(modes) == 0 {
		return "there is no choice"
	}
	return "there are " + strings.Join(modes, ", ")
}
