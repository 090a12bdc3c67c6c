package fakeprovider

import (
	"net/http"
	"strings"
)

// authonPro is authon.pro's admin API. Documented are the bearer, the envelope
// {"success":true,"data":{…}} and that paths begin with /v1/admin/apps/{appId};
// the users' path, its paging and its fields stand in no text found and are a
// guess, after its webhooks' names.
func authonPro() kind {
	return kind{
		path:      authonProPath,
		key:       "demo-seller-token",
		authorize: sellerToken,
		refuse:    envelope,
		endpoints: []endpoint{
			{List, "GET ", authonProList},
			{Fetch, "GET /{id}", authonProFetch},
		},
		absolute: []endpoint{
			{HookList, "GET " + authonProHooksPath, authonProHookList},
			{HookCreate, "POST " + authonProHooksPath, authonProHookCreate},
			{HookRemove, "DELETE " + authonProHooksPath + "/{id}", authonProHookRemove},
			{HookTest, "POST " + authonProHooksPath + "/{id}/test", authonProHookTest},
		},
	}
}

func sellerToken(s *Server, r *http.Request) (answer, bool) {
	token, found := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !found || !same(token, s.options.Key) {
		return envelope(http.StatusUnauthorized, "Unauthorized"), false
	}
	return answer{}, true
}

func authonProList(s *Server, r *http.Request) answer {
	query := r.URL.Query()
	number, pageOK := whole(query, "page", 1, 1)
	limit, limitOK := whole(query, "limit", 20, 1)
	if !pageOK || !limitOK {
		return envelope(http.StatusBadRequest, "page and limit must be positive")
	}
	limit = min(limit, s.options.MaxPage)
	rows, total := s.listed((number-1)*limit, limit, query.Get("search"))
	body := sized(len(rows)).open().flag("success", true)
	body = append(body.key("data"), '{').array("users", rows, authonProUser).
		number("total", total).number("page", number).number("limit", limit).close()
	return ok(body.close(), rows...)
}

func authonProFetch(s *Server, r *http.Request) answer {
	found, known := s.named(r)
	if !known {
		return envelope(http.StatusNotFound, "User not found")
	}
	body := object(nil).open().flag("success", true)
	body = authonProUser(body.key("data"), found.user)
	return ok(body.close(), found)
}

func authonProUser(o object, u User) object {
	return o.open().
		text("userId", u.ID).
		textOrNull("username", u.Username).
		textOrNull("email", u.Email).
		textOrNull("hwid", u.HardwareID).
		flag("banned", u.Banned()).
		textOrNull("banReason", u.BanReason).
		time("createdAt", u.Created).
		time("lastLogin", u.LastSignIn).
		close()
}
