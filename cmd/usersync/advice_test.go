package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"usersync/internal/config"
	"usersync/internal/secret"
	"usersync/models"
)

func TestAdviceForDatabaseErrors(t *testing.T) {
	t.Parallel()
	postgres := config.Database{URL: secret.New("postgres://u:hunter2@db.example:6432/shop")}
	for want, err := range map[string]error{
		"firewalls":                      fmt.Errorf("no: %w", context.DeadlineExceeded),
		"check the host in database.url": fmt.Errorf("no: %w", &net.DNSError{Name: "db.example", IsNotFound: true}),
		"createdb shop":                  errors.New("no (SQLSTATE 3D000)"),
		"db.example:6432 refuses this user: check user and password": errors.New("no (SQLSTATE 28P01)"),
		"grants at the end of `usersync migrate print`":              errors.New("no (SQLSTATE 42501)"),
		"have the owner of the database run `usersync migrate up`":   fmt.Errorf("%w: no (SQLSTATE 42501)", models.ErrMigrate),
		"name the server that takes writes":                          errors.New("no (SQLSTATE 25006)"),
		"database.max_connections":                                   errors.New("no (SQLSTATE 53300)"),
		"the pooler's own settings":                                  errors.New("password authentication failed (SQLSTATE 08P01)"),
		"db.example:6432 speaks no TLS":                              errors.New("cannot connect to db.example: server refused TLS connection"),
		"is right for db.example:6432":                               errors.New("cannot connect to db.example: a new way to fail"),
	} {
		got := adviceFor(postgres, err)
		if !strings.Contains(got, want) || strings.Contains(got, "hunter2") {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
	nameless := config.Database{URL: secret.New("postgres://u:hunter2@db.example:6432/")}
	if got := adviceFor(nameless, errors.New("no (SQLSTATE 3D000)")); !strings.Contains(got, "`createdb u`") {
		t.Errorf("a database that is named as the user is: %q", got)
	}
	own := errors.New("says itself what to do")
	if got := advise(&config.Config{Database: postgres}, own); !errors.Is(got, own) || got.Error() != own.Error() {
		t.Errorf("an error that needs no advice became %v", got)
	}
	if got := adviceFor(config.Database{URL: secret.New("sqlite:x.db")}, errors.New("no (SQLSTATE 42501)")); got != "" {
		t.Errorf("SQLite has no grants: %q", got)
	}
}
