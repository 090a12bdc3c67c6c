package providers

import usersync "usersync/sync"

// told is what a value that is there says about access, as accessOf reads it.
func (f accessFlag) told(e *reading, v value) string {
	switch {
	case f.until:
		return toldUntil(v, e.at)
	case anyIs(f.banned, v):
		return "banned"
	case anyIs(f.unbanned, v):
		return "unbanned"
	default:
		return unlisted(v, f.banned, f.unbanned)
	}
}

func toldUntil(v value, at usersync.Micros) string {
	switch says, _, wrong := bannedUntil(v, at); {
	case wrong != nil:
		return wrong.detail
	case says == usersync.AccessBanned:
		return "banned until then"
	default:
		return "the suspension is over"
	}
}

// told is the same for life.
func (f lifeFlag) told(_ *reading, v value) string {
	switch {
	case anyIs(f.deleted, v):
		return "deleted"
	case anyIs(f.alive, v):
		return "alive"
	default:
		return unlisted(v, f.deleted, f.alive)
	}
}

// unlisted says that a value means nothing, and why, where one is listed that
// only looks alike: true is not "true".
func unlisted(v value, lists ...[]literal) string {
	const note = "it is not listed: it says nothing"
	for _, list := range lists {
		for _, l := range list {
			if listed := l.value(); listed.kind != null && listed.kind != v.kind && listed.bare() == v.bare() {
				return note + "; " + l.written() + " is listed, which is " + listed.word()
			}
		}
	}
	return note
}

// bare is a scalar as JSON, without the quotes of a text.
func (v value) bare() string {
	if v.kind == text {
		return v.text
	}
	return string(v.shown())
}

// written is the literal as JSON, which YAML reads alike.
func (l literal) written() string { return string(l.value().shown()) }
