package handlers

import (
	"errors"
	"mime"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"usersync/providers"
	usersync "usersync/sync"
)

// The members of a change that are no columns of a profile.
const (
	externalIDName = "external_id"
	suspendedName  = "suspended"
)

// maxExternalID is the longest external id, in bytes: most often it is our row's
// own id.
const maxExternalID = 255

// writable are the columns that an app may write at a provider.
var writable = [...]usersync.Field{
	usersync.FieldEmail, usersync.FieldName, usersync.FieldUsername, usersync.FieldPhone, usersync.FieldAvatarURL,
	usersync.FieldEmailVerified, usersync.FieldMetadata, usersync.FieldSuspendedReason,
}

// changeNames are the members that a change may have.
func changeNames() []string {
	names := []string{externalIDName, suspendedName}
	for _, f := range writable {
		names = append(names, f.String())
	}
	return names
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
	r := c.Request()
	switch {
	case !isJSON(r.Header):
		rec.reason = "content_type"
		return change, answer{status: http.StatusUnsupportedMediaType, body: failure{"send JSON, with Content-Type: application/json"}}, false
	case !plain(r.Header):
		rec.reason = "encoded"
		return change, encoded(), false
	}
	rw := c.Response().Writer
	lease := u.bodies.budget.lease(cutter(rw))
	defer lease.release()
	body, err := u.bodies.readBody(rw, r, lease)
	if err != nil {
		return change, unread(err, rec), false
	}
	rec.bytes = len(body)
	if change, err = parseChange(body); err != nil {
		return change, malformed(rec, err), false
	}
	return change, answer{}, true
}

// parseChange reads the body of a change. The error quotes no value.
func parseChange(body []byte) (change UserChange, err error) {
	members, err := providers.ReadObject(body, changeNames())
	switch {
	case err != nil:
		return change, err
	case len(members) == 0:
		return change, errors.New("the body says nothing: name what shall change, such as " + strings.Join(changeNames(), ", "))
	}
	for _, f := range writable {
		raw, said := members[f.String()]
		if !said {
			continue
		}
		if change.Fields[f], err = providers.JSONField(f, []byte(raw)); err != nil {
			return change, err
		}
		if f == usersync.FieldMetadata && raw[0] != '{' && raw != "null" {
			return change, errors.New("metadata: want an object, or null")
		}
	}
	switch raw := members[suspendedName]; raw {
	case "":
	case "true":
		change.Access = usersync.AccessBanned
	case "false":
		change.Access = usersync.AccessUnbanned
	default:
		return change, errors.New("suspended: want true or false")
	}
	if change.Fields[usersync.FieldSuspendedReason].Present() && change.Access != usersync.AccessBanned {
		return change, errors.New("suspended_reason: it goes with suspended: true")
	}
	change.ExternalID, err = externalID(members)
	return change, err
}

// externalID reads the external id, "" if none is said.
func externalID(members map[string]string) (string, error) {
	raw, said := members[externalIDName]
	if !said {
		return "", nil
	}
	// Any column of text has the rules of one.
	v, err := providers.JSONField(usersync.FieldName, []byte(raw))
	if id := v.Str(); err == nil && raw[0] == '"' && id != "" && len(id) <= maxExternalID {
		return id, nil
	}
	return "", errors.New("external_id: want a text of 1 to 255 bytes")
}
