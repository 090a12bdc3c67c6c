package fakeprovider

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// authpiHookCreate takes name, url, events and auth {type, signature_algorithm}
// and shows the secrets once (documented; what it refuses is a guess). Listing
// and removing are a guess.
func authpiHookCreate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	hook, err := body.target()
	err = errors.Join(err, body.text("name", &hook.Name), authpiAuth(body, &hook))
	if err == nil && hook.Name == "" {
		err = errors.New("name is required")
	}
	if err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	if strings.Contains(hook.Mode, "bearer") {
		hook.Bearer = freshSecret("")
	}
	if strings.Contains(hook.Mode, "signature") {
		hook.Secret = freshSecret("whs_")
	}
	hook = s.hooks.add(hook)
	o := object(nil).hook(hook).text("status", "active")
	if hook.Bearer != "" {
		o = o.text("bearer_token_plain", hook.Bearer)
	}
	if hook.Secret != "" {
		o = o.text("signature_secret_plain", hook.Secret)
	}
	return created(o.close())
}

// authpiAuth reads the auth of a new webhook; without one there is none.
func authpiAuth(body fields, hook *Hook) error {
	hook.Mode = "none"
	if !body.has("auth") {
		return nil
	}
	var auth fields
	if err := json.Unmarshal(body["auth"], &auth); err != nil {
		return errors.New("auth must be an object")
	}
	algorithm := ""
	if err := errors.Join(auth.text("type", &hook.Mode), auth.text("signature_algorithm", &algorithm)); err != nil {
		return err
	}
	switch hook.Mode {
	case "none", "bearer":
		return nil
	case "signature", "bearer+signature":
		if algorithm != "hmac-sha256" {
			return errors.New("signature_algorithm must be hmac-sha256")
		}
		return nil
	}
	return errors.New("unknown auth type")
}

func authpiHookList(s *Server, _ *http.Request) answer {
	return ok(object(nil).open().hookArray("data", s.hooks.list(), "active").flag("has_more", false).textOrNull("next_cursor", "").close())
}

func authpiHookRemove(s *Server, r *http.Request) answer {
	if !s.hooks.remove(r.PathValue("id")) {
		return oauth(http.StatusNotFound, "webhook not found")
	}
	return noContent()
}
