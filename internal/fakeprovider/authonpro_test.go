package fakeprovider

import (
	"net/http"
	"testing"
)

func TestAuthonPro(t *testing.T) {
	t.Parallel()
	s := New("authon_pro", Options{Users: 50, Path: "/v1/admin/apps/app_7/members"})
	one := `{"userId":"usr_0000049","username":"user0000049","email":"user0000049@example.com","hwid":"hwid-0000049",` +
		`"banned":true,"banReason":"abuse","createdAt":"2023-11-14T22:14:09.000Z","lastLogin":"2023-11-14T22:14:58.500Z"}`
	want(t, ask(t, s, "GET", "/v1/admin/apps/app_7/members?limit=49&page=2", ""), http.StatusOK,
		`{"success":true,"data":{"users":[`+one+`],"total":50,"page":2,"limit":49}}`)
	want(t, get(t, s, "/usr_0000049"), http.StatusOK, `{"success":true,"data":`+one+`}`)
	status(t, get(t, s, "/nobody"), http.StatusNotFound)
	status(t, get(t, s, "?page=0"), http.StatusBadRequest)
	status(t, ask(t, s, "GET", authonProPath, ""), http.StatusNotFound)
	want(t, get(t, s, "", "Authorization", "Bearer x"), http.StatusUnauthorized, `{"success":false,"message":"Unauthorized"}`)
}
