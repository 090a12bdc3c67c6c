package fakeprovider

import "net/http"

// dashboardList is the list of Authon's docs/api-reference/users: limit and
// offset instead of pages, {users,total} instead of {data,…}, and users without
// updatedAt and emailVerified. Its key and its largest page are a guess: those
// of the other list.
func dashboardList(s *Server, r *http.Request) answer {
	query := r.URL.Query()
	offset, offsetOK := whole(query, "offset", 0, 0)
	limit, limitOK := whole(query, "limit", 20, 1)
	if !offsetOK || !limitOK {
		return nest(http.StatusBadRequest, "limit and offset must not be negative")
	}
	var rows []row
	var total int
	if id := query.Get("projectId"); id == "" || id == project {
		rows, total = s.listed(offset, min(limit, s.options.MaxPage), query.Get("search"))
	}
	body := sized(len(rows)).open().array("users", rows, dashboardUser).number("total", total).close()
	return ok(body, rows...)
}

func dashboardUser(o object, u User) object {
	return o.open().
		text("id", u.ID).
		textOrNull("email", u.Email).
		textOrNull("displayName", u.Name).
		textOrNull("avatarUrl", u.AvatarURL).
		flag("isBanned", u.Banned()).
		number("signInCount", u.SignIns).
		time("lastSignInAt", u.LastSignIn).
		time("createdAt", u.Created).
		close()
}

// dashboardBan, its opposite and dashboardDelete answer {"success":true}:
// documented for the last, a guess for the others.
func dashboardBan(s *Server, r *http.Request) answer {
	_, err := s.users.Ban(r.PathValue("id"), "")
	return dashboardDone(err)
}

func dashboardUnban(s *Server, r *http.Request) answer {
	_, err := s.users.Unban(r.PathValue("id"))
	return dashboardDone(err)
}

func dashboardDelete(s *Server, r *http.Request) answer {
	return dashboardDone(s.users.Delete(r.PathValue("id")))
}

func dashboardDone(err error) answer {
	if err != nil {
		return nest(http.StatusNotFound, "User not found")
	}
	return ok(object(nil).open().flag("success", true).close())
}
