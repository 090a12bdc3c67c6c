package providers

import (
	"fmt"
	"net/http"

	usersync "usersync/sync"
)

// itemReader turns listed and fetched users into commands.
type itemReader struct {
	itemPart
	provider  string
	origin    usersync.Origin
	redact    bool      // deletions drop the profile
	redaction redaction // what is not kept of any user
	maxFuture usersync.Micros
}

// seen is when a user looked like this.
type seen struct {
	instant  usersync.Micros   // by the provider's clock
	received usersync.Micros   // by ours
	kept     map[string]string // what is kept beside the JSON; read only, all users of an answer have the same
}

// seenAt is how users looked at an instant. Their JSON needs it to be read
// again: it is a whole second.
func seenAt(instant, received usersync.Micros) seen {
	return seen{instant, received, map[string]string{contentTypeHeader: "application/json", dateHeader: instant.Time().Format(http.TimeFormat)}}
}

const dateHeader = "Date"

// plausible refuses an answer from the future as a whole: all of its users
// would have to wait until then.
func (r *itemReader) plausible(at seen) error {
	if ahead := at.instant - at.received; ahead > r.maxFuture {
		return toldError{text: fmt.Sprintf("the provider's clock is %s ahead of ours: check the clock of this machine", at.instant.Time().Sub(at.received.Time()))}
	}
	return nil
}

// read reads one user, which must be strict JSON, into a command that says
// nothing yet. What is not understood becomes a dead letter. The command's texts
// and its payload are parts of raw.
func (r *itemReader) read(raw string, at seen, c *usersync.Command) *usersync.DeadLetter {
	raw = r.redaction.apply(raw)
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(raw)
	c.Provider, c.Kind, c.Origin = r.provider, usersync.KindUpdated, r.origin
	c.ReceivedAt, c.Payload, c.Headers = at.received, bytesOf(raw), at.kept
	wrong := r.fill(&reading{doc: doc, kind: usersync.KindUpdated}, c, at)
	if wrong == nil {
		return nil
	}
	letter := r.letter(raw, c.UserID, wrong, at)
	if wrong.reason == futureTime {
		letter.DueAt = c.OccurredAt - r.maxFuture
	}
	*c = usersync.Command{}
	return &letter
}

// letter makes the dead letter of a user that is not understood.
func (r *itemReader) letter(raw, userID string, wrong *problem, at seen) usersync.DeadLetter {
	return usersync.DeadLetter{
		Provider: r.provider, UserID: userID,
		Reason: wrong.reason, Detail: wrong.detail,
		Payload: bytesOf(r.redaction.apply(raw)), Headers: at.kept,
		Origin: r.origin, ReceivedAt: at.received,
	}
}

// idOf reads the id alone.
func (r *itemReader) idOf(raw string) (string, *problem) {
	doc := trees.Get().(*tree)
	defer doc.release()
	doc.reset(raw)
	return r.userID(&reading{doc: doc})
}

func (r *itemReader) userID(e *reading) (string, *problem) {
	if !e.doc.isObject(root) {
		return "", &problem{badEnvelope, "a listed user is no object"}
	}
	id, wrong := readUserID(r.id.eval(e))
	if wrong != nil && wrong.reason == noUserID {
		return "", &problem{noUserID, r.missedID(e)}
	}
	return id, wrong
}

// missedID says where no id stands, and what does instead.
func (r *itemReader) missedID(e *reading) string {
	detail := "the user has no id at " + places(r.id)
	if blameFirst(r.id, e) != "" {
		detail += ": " + e.doc.shape()
	}
	return detail
}

// fill reads the id, the stamp and the profile. The stamp is the later of the
// user's own time and the instant: the user looked like this then, and an
// event after that is newer.
func (r *itemReader) fill(e *reading, c *usersync.Command, at seen) (wrong *problem) {
	if c.UserID, wrong = r.userID(e); wrong != nil {
		return wrong
	}
	e.user = objectAt(e.doc, r.user.at)
	if x := r.user.fields[usersync.FieldProviderUpdatedAt]; x != nil {
		updated, wrong := column(usersync.FieldProviderUpdatedAt, x.eval(e))
		if wrong != nil {
			return wrong
		}
		c.UpdatedAt = updated.Micros()
	}
	c.OccurredAt = max(c.UpdatedAt, at.instant)
	if ahead := c.OccurredAt - at.received; ahead > r.maxFuture {
		return &problem{futureTime, "it lies " + c.OccurredAt.Time().Sub(at.received.Time()).String() + " ahead of our clock"}
	}
	e.at = c.OccurredAt
	for f, x := range r.user.fields {
		if x == nil {
			continue
		}
		if c.Fields[f], wrong = column(usersync.Field(f), x.eval(e)); wrong != nil {
			return wrong
		}
	}
	if wrong = r.user.tellAccess(e, c, r.user.fields[usersync.FieldSuspendedUntil] != nil); wrong != nil {
		return wrong
	}
	c.Life = r.user.lifeOf(e)
	c.Redact = r.redact && c.Life == usersync.LifeDeleted
	return nil
}
