package handlers

import (
	"errors"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"usersync/providers"
	usersync "usersync/sync"
)

// changeNames are the members that a change may have: all that can be written
// but the id, which stands in the path.
func changeNames() []string {
	return slices.DeleteFunc(providers.WriteNames(), func(name string) bool { return name == "id" })
}

// isJSON reports whether the sender says that the body is JSON. A browser asks
// before it sends such a body to another site, and is not told that it may.
func isJSON(h http.Header) bool {
	values := h.Values("Content-Type")
	if len(values) != 1 {
		return false
	}
	kind, parameters, err := mime.ParseMediaType(values[0])
	charset, given := parameters["charset"]
	return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// change reads a change out of a request; ok is false if the answer is final.
func (u *userRoutes) change(c echo.Context, rec *record) (change UserChange, a answer, ok bool) {
	a, ok = u.bodies.readJSON(c, rec, func(body []byte) (err error) {
		change, err = parseChange(body)
		return err
	})
	return change, a, ok
}

// readJSON reads a body that says it is JSON and has parse take it, while its memory
// is counted; ok is false if the answer is final.
func (w *bodyReader) readJSON(c echo.Context, rec *record, parse func(body []byte) error) (a answer, ok bool) {
	r := c.Request()
	switch {
	case !isJSON(r.Header):
		rec.reason = "content_type"
		return answer{status: http.StatusUnsupportedMediaType, body: failure{"send JSON, with Content-Type: application/json"}}, false
	case !plain(r.Header):
		rec.reason = "encoded"
		return encoded(), false
	}
	body, lease, err := w.readBody(c.Response().Writer, r)
	defer lease.release()
	if err != nil {
		return unread(err, rec), false
	}
	rec.bytes = len(body)
	if err := parse(body); err != nil {
		return malformed(rec, err), false
	}
	return answer{}, true
}

// parseChange reads the body of a change. The error quotes no value.
func parseChange(body []byte) (UserChange, error) {
	members, err := providers.ReadObject(body, changeNames())
	switch {
	case err != nil:
		return UserChange{}, err
	case len(members) == 0:
		return UserChange{}, errors.New("the body says nothing: name what shall be so, out of " + strings.Join(changeNames(), ", "))
	}
	var want providers.UserWrite
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if err := want.Set(name, []byte(members[name])); err != nil {
			return UserChange{}, err
		}
	}
	if document, ok := want.Fields[usersync.FieldMetadata].Document(); ok && document[0] != '{' {
		return UserChange{}, errors.New("metadata: want an object, or null")
	}
	if want.Fields[usersync.FieldSuspendedReason].Present() && want.Access != usersync.AccessBanned {
		return UserChange{}, errors.New("suspended_reason: it goes with suspended: true")
	}
	return UserChange{ExternalID: want.ExternalID, Fields: want.Fields, Access: want.Access}, nil
}
