package fakeprovider

import "net/http"

// authonHookList, authonHookCreate and authonHookRemove are the webhooks of the
// dashboard. The paths, and that signingSecret is shown once, are documented;
// the other members, and that it takes the SDK's key, are a guess.
func authonHookList(s *Server, _ *http.Request) answer {
	return ok(object(nil).open().hookArray("webhooks", s.hooks.list(), "active").close())
}

func authonHookCreate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	hook, err := body.target()
	if err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	hook.Secret = freshSecret("whsec_")
	hook = s.hooks.add(hook)
	return created(object(nil).hook(hook).text("signingSecret", hook.Secret).close())
}

func authonHookRemove(s *Server, r *http.Request) answer {
	if !s.hooks.remove(r.PathValue("id")) {
		return nest(http.StatusNotFound, "Webhook not found")
	}
	return ok(object(nil).open().flag("success", true).close())
}
