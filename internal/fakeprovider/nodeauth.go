package fakeprovider

import (
	"net/http"
	"strings"
)

// nodeAuth is the admin router of awesome-node-auth 1.9.0, observed but for the
// texts of its errors.
// It creates and updates nobody and limits no rate.
func nodeAuth() kind {
	return kind{
		path:      nodeAuthPath,
		key:       "demo-admin-secret",
		authorize: adminSecret,
		refuse:    express,
		endpoints: []endpoint{
			{List, "GET ", nodeAuthList},
			{Fetch, "GET /{id}", nodeAuthFetch},
			{Remove, "DELETE /{id}", nodeAuthDelete},
		},
	}
}

// adminSecret asks for a bearer: 401 without one, 403 for a wrong one.
func adminSecret(s *Server, r *http.Request) (answer, bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case !found:
		return express(http.StatusUnauthorized, "Unauthorized"), false
	case !same(token, s.options.Key):
		return express(http.StatusForbidden, "Forbidden"), false
	}
	return answer{}, true
}

// filterDepth is how many users a filter looks through.
const filterDepth = 500

// nodeAuthList has 20 users without a limit and 100 at most. A limit that is no
// number, or negative, is handed to the application's store: this one finds
// nobody then.
//
// Its total is wrong on purpose: the users up to the end of this page, and one
// more if the page is full. 250 users with limit 100 give 101, 201, 250; beyond
// the end it is the offset.
func nodeAuthList(s *Server, r *http.Request) answer {
	query := r.URL.Query()
	offset, offsetOK := whole(query, "offset", 0, 0)
	limit, limitOK := whole(query, "limit", 20, 0)
	if !offsetOK {
		offset = 0
	}
	if !limitOK {
		limit = 0
	}
	limit = min(limit, s.options.MaxPage)
	rows := s.nodeAuthRows(offset, limit, query.Get("filter"))
	total := offset + len(rows)
	if limit > 0 && len(rows) == limit {
		total++
	}
	body := sized(len(rows)).open().array("users", rows, nodeAuthUser).number("total", total).close()
	return ok(body, rows...)
}

func (s *Server) nodeAuthRows(offset, limit int, filter string) []row {
	keep := containing(filter)
	if keep == nil {
		return s.users.page(offset, limit, s.options.NewestFirst)
	}
	var found []row
	for _, row := range s.users.page(0, filterDepth, s.options.NewestFirst) {
		if keep(row.user) {
			found = append(found, row)
		}
	}
	from := min(offset, len(found))
	return found[from:min(from+limit, len(found))]
}

// nodeAuthUser is a row of the list: neither names, nor updatedAt, nor a ban.
func nodeAuthUser(o object, u User) object {
	return o.open().
		text("id", u.ID).
		textOrNull("email", u.Email).
		textOrNull("role", u.Role).
		flag("isEmailVerified", u.Verified).
		flag("isTotpEnabled", false).
		flag("require2FA", false).
		textOrNull("phoneNumber", u.Phone).
		time("createdAt", u.Created).
		close()
}

// nodeAuthFetch shows even less than the list.
func nodeAuthFetch(s *Server, r *http.Request) answer {
	found, known := s.named(r)
	if !known {
		return express(http.StatusNotFound, "User not found")
	}
	u := found.user
	return ok(object(nil).open().
		text("id", u.ID).
		textOrNull("email", u.Email).
		textOrNull("role", u.Role).
		flag("isEmailVerified", u.Verified).
		flag("isTotpEnabled", false).
		close(), found)
}

// nodeAuthDelete's answer is a guess.
func nodeAuthDelete(s *Server, r *http.Request) answer {
	if err := s.users.Delete(r.PathValue("id")); err != nil {
		return express(http.StatusNotFound, "User not found")
	}
	return ok(object(nil).open().flag("success", true).close())
}
