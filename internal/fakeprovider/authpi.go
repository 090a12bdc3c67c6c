package fakeprovider

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// authpi is AuthPI's API as documented in 2026. The fields of a user, and the
// status codes beside those of the edge, are a guess.
func authpi() kind {
	return kind{
		path:      authpiPath,
		key:       "key_demo:secret_demo",
		authorize: keyPair,
		refuse:    oauth,
		edge:      true,
		endpoints: []endpoint{
			{List, "GET ", authpiList},
			{Create, "POST ", authpiCreate},
			{Fetch, "GET /{id}", authpiFetch},
			{Change, "PATCH /{id}", authpiUpdate},
		},
		absolute: []endpoint{
			{HookList, "GET " + authpiHooksPath, authpiHookList},
			{HookCreate, "POST " + authpiHooksPath, authpiHookCreate},
			{HookRemove, "DELETE " + authpiHooksPath + "/{id}", authpiHookRemove},
		},
	}
}

// keyPair asks for HTTP Basic with key_id:key_secret; a bearer would have to be
// a JWT (documented).
func keyPair(s *Server, r *http.Request) (answer, bool) {
	id, secret, basic := r.BasicAuth()
	if !basic || !same(id+":"+secret, s.options.Key) {
		refused := oauth(http.StatusUnauthorized, "invalid API key")
		return refused.with("WWW-Authenticate", `Basic realm="authpi"`), false
	}
	return answer{}, true
}

// authpiList lists by cursor, which is the id of the last user of the page
// before; 1 to 100 users, 50 without a limit (documented). Without a status the
// list has users of every status, deleted ones too: a guess.
func authpiList(s *Server, r *http.Request) answer {
	query := r.URL.Query()
	limit, limitOK := whole(query, "limit", min(50, s.options.MaxPage), 1)
	if !limitOK || limit > s.options.MaxPage {
		return oauth(http.StatusBadRequest, "limit is out of range")
	}
	var keep func(User) bool
	switch status := Status(query.Get("status")); status {
	case "":
	case Active, Suspended, Disabled, Deleted:
		keep = func(u User) bool { return u.Status == status }
	default:
		return oauth(http.StatusBadRequest, "unknown status")
	}
	// One more than asked for tells whether there is more.
	rows, known := s.users.after(query.Get("cursor"), limit+1, s.options.NewestFirst, keep)
	if !known {
		return oauth(http.StatusBadRequest, "invalid cursor")
	}
	more, next := len(rows) > limit, ""
	if more {
		rows = rows[:limit]
		next = rows[limit-1].user.ID
	}
	body := sized(len(rows)).open().array("data", rows, authpiListed).
		flag("has_more", more).textOrNull("next_cursor", next).close()
	return ok(body, rows...)
}

func authpiFetch(s *Server, r *http.Request) answer {
	found, known := s.named(r)
	if !known {
		return oauth(http.StatusNotFound, "user not found")
	}
	return ok(authpiShown(nil, found.user), found)
}

// authpiShown is a user on its own, authpiListed one of a list, which tells only
// a hash of its name (documented; that it is SHA-256 is a guess).
func authpiShown(o object, u User) object {
	kind, name := u.login()
	return authpiUser(o, u, kind, name)
}

func authpiListed(o object, u User) object {
	kind, name := u.login()
	sum := sha256.Sum256([]byte(name))
	return authpiUser(o, u, kind, hex.EncodeToString(sum[:]))
}

func authpiUser(o object, u User, kind, name string) object {
	first, last := u.names()
	o = o.open().
		text("id", u.ID).
		text("username_type", kind).
		text("username", name).
		text("status", string(u.Status))
	o = append(o.key("profile"), '{')
	return o.textOrNull("first_name", first).textOrNull("last_name", last).close().
		textOrNull("region", u.Region).
		raw("metadata", u.Metadata).
		time("created_at", u.Created).
		time("updated_at", u.Updated).
		close()
}
