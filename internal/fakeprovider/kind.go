package fakeprovider

import (
	"maps"
	"net/http"
	"slices"
)

// Route names what a request asks for.
type Route string

// The routes; no kind has all of them.
const (
	List            Route = "list"
	Fetch           Route = "fetch"
	FetchExternal   Route = "fetch_external"
	Create          Route = "create"
	Change          Route = "update"
	Ban             Route = "ban"
	Unban           Route = "unban"
	Remove          Route = "delete"
	DashboardList   Route = "dashboard_list"
	DashboardBan    Route = "dashboard_ban"
	DashboardUnban  Route = "dashboard_unban"
	DashboardRemove Route = "dashboard_delete"
	HookList        Route = "hook_list"
	HookCreate      Route = "hook_create"
	HookRemove      Route = "hook_delete"
	HookTest        Route = "hook_test"
	Unknown         Route = "unknown"
)

// Where the users stand, unless the options say otherwise.
const (
	authonPath    = "/v1/backend/users"
	dashboardPath = "/v1/dashboard/users"
	nodeAuthPath  = "/admin/api/users"
	authpiPath    = "/v1/accounts/acc_demo/issuers/iss_demo/users"
	authonProPath = "/v1/admin/apps/app_demo/users"

	authonHooksPath    = "/v1/dashboard/webhooks"
	authpiHooksPath    = "/v1/accounts/acc_demo/webhooks"
	authonProHooksPath = "/v1/admin/apps/app_demo/webhooks"
)

// defaultMaxPage is the largest page of Authon, node-auth and AuthPI alike.
const defaultMaxPage = 100

// handler answers one route.
type handler func(s *Server, r *http.Request) answer

// endpoint is a route with its method and path.
type endpoint struct {
	route   Route
	pattern string // a method and what follows the path of the users
	handle  handler
}

// kind is one provider's API.
type kind struct {
	path      string // of the users
	key       string
	authorize func(s *Server, r *http.Request) (refused answer, ok bool)
	refuse    refuse
	edge      bool // its rate limit answers HTML
	endpoints []endpoint
	absolute  []endpoint // patterns with paths of their own
}

// kinds are the APIs by the name of the provider's type.
func kinds() map[string]kind {
	return map[string]kind{
		"authon":     authon(),
		"authon_pro": authonPro(),
		"authpi":     authpi(),
		"node_auth":  nodeAuth(),
	}
}

// Kinds are the names that New takes. Authara has no users API (its source).
func Kinds() []string { return slices.Sorted(maps.Keys(kinds())) }
