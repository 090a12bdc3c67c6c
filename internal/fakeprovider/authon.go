package fakeprovider

import (
	"crypto/subtle"
	"net/http"
)

// project is the only one of this Authon.
const project = "proj_demo"

// authon is the API that the Node SDK 0.3.0 calls (its requests were observed),
// and the one of the page docs/api-reference/users, which is another. Status
// codes beside 401, 429 and DELETE's 204 are NestJS' usual ones: a guess.
func authon() kind {
	return kind{
		path:      authonPath,
		key:       "sk_test_demo",
		authorize: apiKey,
		refuse:    nest,
		endpoints: []endpoint{
			{List, "GET ", authonList},
			{Create, "POST ", authonCreate},
			{Fetch, "GET /{id}", authonFetch},
			{FetchExternal, "GET /by-external-id/{id}", authonFetchExternal},
			{Change, "PATCH /{id}", authonUpdate},
			{Ban, "POST /{id}/ban", authonBan},
			{Unban, "POST /{id}/unban", authonUnban},
			{Remove, "DELETE /{id}", authonDelete},
		},
		absolute: []endpoint{
			{DashboardList, "GET " + dashboardPath, dashboardList},
			{DashboardBan, "PATCH " + dashboardPath + "/{id}/ban", dashboardBan},
			{DashboardUnban, "PATCH " + dashboardPath + "/{id}/unban", dashboardUnban},
			{DashboardRemove, "DELETE " + dashboardPath + "/{id}", dashboardDelete},
			{HookList, "GET " + authonHooksPath, authonHookList},
			{HookCreate, "POST " + authonHooksPath, authonHookCreate},
			{HookRemove, "DELETE " + authonHooksPath + "/{id}", authonHookRemove},
		},
	}
}

// apiKey asks for the header x-api-key (observed).
func apiKey(s *Server, r *http.Request) (answer, bool) {
	if !same(r.Header.Get("X-Api-Key"), s.options.Key) {
		return nest(http.StatusUnauthorized, "Invalid API key"), false
	}
	return answer{}, true
}

func same(got, want string) bool { return subtle.ConstantTimeCompare([]byte(got), []byte(want)) == 1 }

// authonList lists by page, the first being 1: at most 100 users (documented);
// that a larger limit is cut rather than refused is a guess. There is no cursor
// and no filter by time.
func authonList(s *Server, r *http.Request) answer {
	query := r.URL.Query()
	number, pageOK := whole(query, "page", 1, 1)
	limit, limitOK := whole(query, "limit", 20, 1)
	if !pageOK || !limitOK {
		return nest(http.StatusBadRequest, "page and limit must be positive integers")
	}
	limit = min(limit, s.options.MaxPage)
	rows, total := s.listed((number-1)*limit, limit, query.Get("search"))
	body := sized(len(rows)).open().array("data", rows, authonUser).
		number("total", total).number("page", number).number("limit", limit).close()
	return ok(body, rows...)
}

func authonFetch(s *Server, r *http.Request) answer {
	found, known := s.named(r)
	return authonOne(found, known)
}

func authonFetchExternal(s *Server, r *http.Request) answer {
	found, known := s.users.findExternal(r.PathValue("id"))
	return authonOne(found, known)
}

func authonOne(found row, known bool) answer {
	if !known {
		return nest(http.StatusNotFound, "User not found")
	}
	return ok(authonUser(nil, found.user), found)
}

// authonUser is AuthonUser of @authon/shared, in the order of its deliveries
// (observed). externalId and privateMetadata can be written, never read (SDK
// types).
func authonUser(o object, u User) object {
	return o.open().
		text("id", u.ID).
		text("projectId", project).
		textOrNull("email", u.Email).
		textOrNull("displayName", u.Name).
		textOrNull("avatarUrl", u.AvatarURL).
		textOrNull("phone", u.Phone).
		flag("emailVerified", u.Verified).
		flag("phoneVerified", false).
		flag("isBanned", u.Banned()).
		raw("publicMetadata", u.Metadata).
		time("lastSignInAt", u.LastSignIn).
		number("signInCount", u.SignIns).
		time("createdAt", u.Created).
		time("updatedAt", u.Updated).
		close()
}
