package providers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"

	usersync "usersync/sync"
)

// Writer creates and changes users at a provider. It may be used by several
// goroutines; Close it in the end. What it returns is the user as the provider
// answered, stamped like a fetched one but without the lag, ready to be applied.
type Writer struct {
	*client
	name, typ string
	part      *writePart
	list      *listPart // for find
	size      int       // users a page of it
	fetch     *Fetcher
	at        []path // where an answer has its user
	params    map[string]string
	source    string
}

// Writer returns what writes users at the provider. The error begins with the
// key that is at fault, or says that the provider cannot be written to, and
// what to do instead.
func (p *Provider) Writer(api APISettings) (*Writer, error) {
	found, _, err := p.prepare(api)
	switch {
	case err != nil:
		return nil, err
	case found.write == nil:
		return nil, noPart(p.typ, api.Variant, "way to write users", "change them at the provider itself")
	case found.write.none != "":
		return nil, fmt.Errorf("%s has no way to write users: %s", p.typ, found.write.none)
	}
	f, err := p.Fetcher(api, usersync.OriginHydrate)
	if err != nil {
		return nil, err
	}
	source := f.source.(*httpUser) // the definition has been checked for that
	if err := p.def.api.missing(found.write.names(), source.params); err != nil {
		return nil, fmt.Errorf("%s writes no users: %w", p.typ, err)
	}
	w := &Writer{
		client: source.client, name: p.name, typ: p.typ, part: found.write,
		list: found.list, fetch: f, at: source.part.at, params: source.params,
		source: p.sourceOf(api, source.params, 0),
	}
	if w.list != nil {
		w.size = w.list.maxSize
	}
	return w, nil
}

// Close gives up the connections.
func (w *Writer) Close() { w.fetch.Close() }

// Source names where users are written: what was done at one place says nothing
// of another.
func (w *Writer) Source() string { return w.source }

// Columns returns the names of what can be written: columns, external_id and
// suspended. Some of them only when a user is created.
func (w *Writer) Columns() []string { return w.part.columns() }

// Finds reports whether the provider can be asked for a user by external_id or
// by email.
func (w *Writer) Finds(by string) bool { return w.part.finds(by) }

// Writable returns an *UnwritableError for what the provider cannot write: of a
// user with an id when changing, else when creating one.
func (w *Writer) Writable(u UserWrite) error {
	if u.ID != "" {
		return w.writable(u, w.part.update)
	}
	return w.writable(u, w.part.create)
}

// Update changes the user with u.ID. The error is ErrNoUser, or a
// *RefusedError, *UnwritableError, *UnavailableError or *WrittenError, or the
// request is one that will never do: a wrong key, a wrong address.
func (w *Writer) Update(ctx context.Context, u UserWrite) (usersync.Command, error) {
	c, err := w.update(ctx, u, newBudget(w.fetch.waiting))
	if err != nil {
		return usersync.Command{}, fmt.Errorf("changing a user of %s: %w", w.name, typed(err, true))
	}
	return c, nil
}

func (w *Writer) update(ctx context.Context, u UserWrite, b *budget) (c usersync.Command, err error) {
	if u.ID == "" {
		return c, &UnwritableError{"id", "the id of the user is missing"}
	}
	if err := w.writable(u, w.part.update); err != nil {
		return c, err
	}
	values := w.values(u)
	body, said := w.part.update.body.render(values, true)
	done := false
	if said {
		if c, err = w.change(ctx, w.part.update, u.ID, body, b); err != nil {
			return c, err
		}
		done = true
	}
	if access, asserts := values[accessName]; asserts && !w.part.update.takes(accessName) {
		changed, err := w.access(ctx, u.ID, values, b)
		if done {
			what := "changed, but not unbanned"
			if access == sayBanned {
				what = "changed, but not banned"
			}
			err = follows(err, c, what)
		}
		return changed, err
	}
	if !done {
		return w.known(ctx, u.ID, b)
	}
	return c, nil
}

// values are the parts of the user, and the operator's params, as JSON.
func (w *Writer) values(u UserWrite) bodyValues {
	values := u.values()
	for name, param := range w.params {
		values[paramValue(name)] = string(appendString(nil, param))
	}
	return values
}

// access bans or unbans.
func (w *Writer) access(ctx context.Context, id string, values bodyValues, b *budget) (usersync.Command, error) {
	if w.part.update.takes(accessName) {
		body, _ := w.part.update.body.render(bodyValues{accessName: values[accessName]}, true)
		return w.change(ctx, w.part.update, id, body, b)
	}
	call := w.part.unban
	if values[accessName] == sayBanned {
		call = w.part.ban
	}
	body, said := call.body.render(values, false)
	if !said {
		body = ""
	}
	return w.change(ctx, call, id, body, b)
}

// change sends a request about a user who is known; it may be repeated. An
// answer that does not show the user is followed by a fetch.
func (w *Writer) change(ctx context.Context, call *writeCall, id, body string, b *budget) (c usersync.Command, err error) {
	out, err := w.outgoing(call, id, body)
	if err != nil {
		return c, err
	}
	out.bare = true
	answered, err := w.send(ctx, out, b)
	if err != nil {
		return c, err
	}
	if c, ok := w.shown(answered); ok && c.UserID == id {
		return c, nil
	}
	if c, err = w.known(ctx, id, b); err != nil && !errors.Is(err, ErrNoUser) {
		err = &WrittenError{UserID: id, what: "written, but could not be read again", Err: err}
	}
	return c, err
}

// known fetches a user who must be there.
func (w *Writer) known(ctx context.Context, id string, b *budget) (usersync.Command, error) {
	c, letter, found, err := w.fetch.fetch(ctx, id, b)
	switch {
	case letter != nil:
		return usersync.Command{}, &LetterError{*letter}
	case err == nil && !found:
		return usersync.Command{}, ErrNoUser
	}
	return c, err
}

// shown reads the user of an answer. What answers a write has just made it, so
// nothing lags: the user looked like this when the write was done, which is not
// before the request began.
func (w *Writer) shown(a *answer) (c usersync.Command, ok bool) {
	at := seenAt(a.instant+usersync.Micros(w.lag.Microseconds()), a.received)
	if checkJSON([]byte(a.body)) != nil || w.fetch.read.plausible(at) != nil {
		return c, false
	}
	letter := w.fetch.read.read(placed(a.body, w.at), at, &c)
	return c, letter == nil
}

// outgoing makes the request of a call; body "" is none.
func (w *Writer) outgoing(call *writeCall, id, body string) (outgoing, error) {
	params := maps.Clone(w.params)
	params[idPlaceholder] = id
	u, query, err := call.call.address(w.base, params)
	if err != nil {
		return outgoing{}, err
	}
	u.RawQuery = query.Encode()
	out := outgoing{method: call.method, url: u, header: map[string]string{}}
	out.explain = func(answered string) complaint { return complaintOf(answered, w.part.why, call.body) }
	if body != "" && call.method != http.MethodDelete {
		out.body = []byte(body)
	}
	return out, nil
}

// writable returns an *UnwritableError for what a call, and those for access,
// cannot carry.
func (w *Writer) writable(u UserWrite, call *writeCall) error {
	values := u.values()
	if _, asserts := values[accessName]; asserts && !w.part.bans() && !call.takes(accessName) {
		return &UnwritableError{suspendedName, w.typ + " cannot write suspended: leave it out"}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch {
		case values[name] == "null" && call.qualifies(name):
			return &UnwritableError{name, fmt.Sprintf("%s cannot clear %s: leave it out", w.typ, name)}
		case name == accessName, call.takes(name), values[accessName] == sayBanned && w.part.ban.takes(name):
		case w.part.ban.takes(name):
			return &UnwritableError{name, fmt.Sprintf("%s takes %s only with a ban: set suspended to true, or leave it out", w.typ, name)}
		case w.part.create.takes(name):
			return &UnwritableError{name, fmt.Sprintf("%s cannot change %s: it is set when the user is created", w.typ, name)}
		default:
			return &UnwritableError{name, fmt.Sprintf("%s cannot write %s: leave it out", w.typ, name)}
		}
	}
	return nil
}
