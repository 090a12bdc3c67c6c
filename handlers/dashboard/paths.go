package dashboard

import (
	"net/url"
	"strconv"

	usersync "usersync/sync"
)

// pathTo is a path of ours with a query: names and values in turn, empty values left out. An
// id may hold anything, so it never stands in the path itself.
func pathTo(path string, pairs ...string) string {
	query := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			query.Set(pairs[i], pairs[i+1])
		}
	}
	if len(query) == 0 {
		return path
	}
	return path + "?" + query.Encode()
}

func userPath(key usersync.UserKey) string {
	return pathTo("/users/one", "provider", key.Provider, "user", key.UserID)
}

func eventPath(key usersync.ClaimKey) string {
	return pathTo("/events/one", "provider", key.Provider, "event", key.EventID, "user", key.UserID, "at", strconv.FormatInt(int64(key.OccurredAt), 10))
}

func letterPath(id int64) string { return "/letters/" + strconv.FormatInt(id, 10) }

func runPath(id int64) string { return "/runs/" + strconv.FormatInt(id, 10) }
