package handlers

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	usersync "usersync/sync"
)

// create makes a user at the provider.
func (u *userRoutes) create(c echo.Context, rec *record) answer {
	provider, a, ok := u.provider(c, rec)
	if !ok {
		return a
	}
	return u.write(c, usersync.UserKey{Provider: provider}, http.StatusCreated, rec)
}

// update changes a user at the provider.
func (u *userRoutes) update(c echo.Context, rec *record) answer {
	key, a, ok := u.user(c, rec)
	if !ok {
		return a
	}
	return u.write(c, key, http.StatusOK, rec)
}

func (u *userRoutes) write(c echo.Context, key usersync.UserKey, done int, rec *record) answer {
	change, a, ok := u.change(c, rec)
	if !ok {
		return a
	}
	change.UserKey = key
	// What the provider was asked for is seen through to the row, whether or
	// not the app still listens.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.Request().Context()), callTimeout)
	defer cancel()
	row, err := u.users.Write(ctx, change)
	if err != nil {
		return userAnswer(err, rec)
	}
	return answer{status: done, body: row}
}
