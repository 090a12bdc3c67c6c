package fakeprovider

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// whole is a whole number of the query, or usual without one. It is refused
// below least.
func whole(query url.Values, name string, usual, least int) (int, bool) {
	if !query.Has(name) {
		return usual, true
	}
	number, err := strconv.Atoi(query.Get(name))
	return number, err == nil && number >= least
}

// containing matches users whose e-mail or name contains a text, or nil for
// none.
func containing(text string) func(User) bool {
	if text == "" {
		return nil
	}
	text = strings.ToLower(text)
	return func(user User) bool {
		return strings.Contains(strings.ToLower(user.Email), text) || strings.Contains(strings.ToLower(user.Name), text)
	}
}

// listed is the page of a listing by offset, and how many users there are.
func (s *Server) listed(offset, limit int, search string) (rows []row, total int) {
	if keep := containing(search); keep != nil {
		return s.users.search(offset, limit, s.options.NewestFirst, keep)
	}
	total = s.users.Len()
	return s.users.page(offset, limit, s.options.NewestFirst), total
}

// named is the user that the path names by id.
func (s *Server) named(r *http.Request) (row, bool) { return s.users.find(r.PathValue("id")) }
