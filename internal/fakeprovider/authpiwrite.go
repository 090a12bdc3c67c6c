package fakeprovider

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
)

// authpiCreate takes {username_type, username, profile{first_name,last_name},
// metadata} and, as before 1.0, {email, display_name} (SDK). A request that
// repeats an idempotency key is answered with the user it made (documented; the
// header's name and the 409 for a name that is taken are a guess).
func authpiCreate(s *Server, r *http.Request) answer {
	key := r.Header.Get("Idempotency-Key")
	s.creating.Lock()
	defer s.creating.Unlock()
	if made, known := s.users.find(s.created[key]); known {
		return created(authpiShown(nil, made.user))
	}
	body, err := readFields(r)
	if err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	user := User{Region: "eu"}
	if err := authpiChange(body, &user); err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	kind, name := user.login()
	switch {
	case name == "":
		return oauth(http.StatusBadRequest, "username is required")
	case kind == "email" && s.users.hasEmail(name):
		return oauth(http.StatusConflict, "username is taken")
	}
	if user, err = s.users.Add(user); err != nil {
		return oauth(http.StatusConflict, err.Error())
	}
	if key != "" {
		s.created[key] = user.ID
	}
	return created(authpiShown(nil, user))
}

// authpiUpdate takes what authpiCreate does, status, and of the old API blocked
// and blocked_reason.
func authpiUpdate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	if err := authpiChange(body, &User{}); err != nil {
		return oauth(http.StatusBadRequest, err.Error())
	}
	user, err := s.users.Update(r.PathValue("id"), func(user *User) {
		_ = authpiChange(body, user) // the same body has just passed
	})
	if err != nil {
		return oauth(http.StatusNotFound, "user not found")
	}
	return ok(authpiShown(nil, user))
}

func authpiChange(body fields, user *User) error {
	return errors.Join(
		authpiLogin(body, user),
		authpiProfile(body, user),
		authpiStatus(body, user),
		body.raw("metadata", &user.Metadata),
	)
}

func authpiLogin(body fields, user *User) error {
	kind, name := user.login()
	err := errors.Join(body.text("username_type", &kind), body.text("username", &name))
	switch {
	case err != nil:
		return err
	case kind == "email":
		user.Email = name
	default:
		user.Email, user.Username = "", name
	}
	return errors.Join(body.text("email", &user.Email), body.text("display_name", &user.Name))
}

func authpiProfile(body fields, user *User) error {
	if !body.has("profile") {
		return nil
	}
	var profile fields
	if err := json.Unmarshal(body["profile"], &profile); err != nil {
		return errors.New("profile must be an object")
	}
	first, last := user.names()
	if err := errors.Join(profile.text("first_name", &first), profile.text("last_name", &last)); err != nil {
		return err
	}
	user.Name = strings.TrimSpace(first + " " + last)
	return nil
}

func authpiStatus(body fields, user *User) error {
	status, blocked := string(user.Status), user.Banned()
	if err := errors.Join(
		body.text("status", &status),
		body.flag("blocked", &blocked),
		body.text("blocked_reason", &user.BanReason),
	); err != nil {
		return err
	}
	if body.has("blocked") {
		status = string(Active)
		if blocked {
			status = string(Suspended)
		}
	}
	switch Status(status) {
	case "", Active, Suspended, Disabled, Deleted:
		user.Status = Status(status)
		return nil
	}
	return errors.New("unknown status")
}
