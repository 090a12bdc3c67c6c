package fakeprovider

import (
	"errors"
	"net/http"
)

// authonCreate takes email, displayName, externalId, avatarUrl, phone,
// emailVerified, publicMetadata and privateMetadata (SDK types; the request was
// observed). Two users may share an e-mail (documented); that an external id is
// unique is a guess.
func authonCreate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	var user User
	if err := errors.Join(body.text("email", &user.Email), authonChange(body, &user)); err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	if user.Email == "" {
		return nest(http.StatusBadRequest, "email must be an email")
	}
	user, err = s.users.Add(user)
	if err != nil {
		return nest(http.StatusConflict, "externalId already exists")
	}
	return created(authonUser(nil, user))
}

// authonUpdate changes what authonCreate takes, but for the e-mail (SDK types);
// that it is passed over rather than refused is a guess.
func authonUpdate(s *Server, r *http.Request) answer {
	body, err := readFields(r)
	if err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	if err := authonChange(body, &User{}); err != nil {
		return nest(http.StatusBadRequest, err.Error())
	}
	user, err := s.users.Update(r.PathValue("id"), func(user *User) {
		_ = authonChange(body, user) // the same body has just passed
	})
	return authonChanged(http.StatusOK, user, err)
}

func authonChange(body fields, user *User) error {
	return errors.Join(
		body.text("displayName", &user.Name),
		body.text("externalId", &user.ExternalID),
		body.text("avatarUrl", &user.AvatarURL),
		body.text("phone", &user.Phone),
		body.flag("emailVerified", &user.Verified),
		body.raw("publicMetadata", &user.Metadata),
		body.raw("privateMetadata", &user.Private),
	)
}

// authonBan takes {reason} (SDK types), which is shown nowhere.
func authonBan(s *Server, r *http.Request) answer {
	var reason string
	if r.ContentLength != 0 {
		body, err := readFields(r)
		if err == nil {
			err = body.text("reason", &reason)
		}
		if err != nil {
			return nest(http.StatusBadRequest, err.Error())
		}
	}
	user, err := s.users.Ban(r.PathValue("id"), reason)
	return authonChanged(http.StatusCreated, user, err)
}

func authonUnban(s *Server, r *http.Request) answer {
	user, err := s.users.Unban(r.PathValue("id"))
	return authonChanged(http.StatusCreated, user, err)
}

func authonChanged(status int, user User, err error) answer {
	switch {
	case errors.Is(err, ErrUnknown):
		return nest(http.StatusNotFound, "User not found")
	case err != nil:
		return nest(http.StatusConflict, "externalId already exists")
	}
	a := ok(authonUser(nil, user))
	a.status = status
	return a
}

// authonDelete answers 204 (documented).
func authonDelete(s *Server, r *http.Request) answer {
	if err := s.users.Delete(r.PathValue("id")); err != nil {
		return nest(http.StatusNotFound, "User not found")
	}
	return noContent()
}
