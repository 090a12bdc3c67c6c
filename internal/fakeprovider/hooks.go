package fakeprovider

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync"
)

// Hook is a registered webhook. Its secrets are shown once, in the answer that
// made it.
type Hook struct {
	ID, Name, URL string
	Events        []string
	Mode          string // AuthPI's type of auth
	Secret        string
	Bearer        string
}

// hookBook keeps the webhooks of a server in the order in which they were
// made. Its zero value has none.
type hookBook struct {
	mu   sync.Mutex
	made int
	all  []Hook
}

func (b *hookBook) add(hook Hook) Hook {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.made++
	hook.ID = fmt.Sprintf("wh_%d", b.made)
	b.all = append(b.all, hook)
	return hook
}

func (b *hookBook) list() []Hook {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.all)
}

func (b *hookBook) find(id string) (Hook, bool) {
	for _, hook := range b.list() {
		if hook.ID == id {
			return hook, true
		}
	}
	return Hook{}, false
}

func (b *hookBook) remove(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.all)
	b.all = slices.DeleteFunc(b.all, func(hook Hook) bool { return hook.ID == id })
	return len(b.all) < before
}

// Hooks returns the webhooks that are registered, with their secrets.
func (s *Server) Hooks() []Hook { return s.hooks.list() }

// freshSecret is a secret as the providers make them, with their prefix.
func freshSecret(prefix string) string { return prefix + rand.Text() }

// target reads url and events of a new webhook.
func (f fields) target() (hook Hook, err error) {
	if err := errors.Join(f.text("url", &hook.URL), member(f, "events", &hook.Events)); err != nil {
		return hook, err
	}
	u, err := url.Parse(hook.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return hook, errors.New("url must be a URL address")
	case len(hook.Events) == 0:
		return hook, errors.New("events must contain at least 1 element")
	}
	return hook, nil
}

// show writes a webhook without its secrets.
func (o object) hook(hook Hook) object {
	events, err := json.Marshal(hook.Events)
	if err != nil {
		panic(err) // a list of texts
	}
	return o.open().text("id", hook.ID).textOrNull("name", hook.Name).text("url", hook.URL).raw("events", events)
}

// hookArray writes all webhooks as a member.
func (o object) hookArray(name string, hooks []Hook, status string) object {
	o = append(o.key(name), '[')
	for _, hook := range hooks {
		o = o.hook(hook).text("status", status).close()
	}
	return append(o, ']')
}
