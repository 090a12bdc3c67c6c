package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"usersync/internal/config"
	"usersync/models"
)

// grantsHint is for a role that lacks rights.
const grantsHint = "run the grants at the end of `usersync migrate print` as the owner"

// migrateHint is for a role that may not make or change tables.
const migrateHint = "have the owner of the database run `usersync migrate up` or, if nothing is there so far, what `usersync migrate print` shows"

// advise adds to an error of the database what to do about it.
func advise(c *config.Config, err error) error {
	if err == nil {
		return nil
	}
	if advice := adviceFor(c.Database, err); advice != "" {
		return fmt.Errorf("%w: %s", err, advice)
	}
	return err
}

// adviceFor returns "" if the error speaks for itself.
func adviceFor(d config.Database, err error) string {
	if d.SQLite() {
		return ""
	}
	host, database := whereIs(d.URL.Reveal())
	var unknown *net.DNSError
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at " + host + ": is Postgres running, and is this its host and port?"
	case errors.As(err, &unknown):
		return "check the host in database.url"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer from " + host + ": check host and port in database.url, and firewalls between here and there"
	case refusedWith(err, "3D000"):
		return "make it with `createdb " + database + "`, or correct database.url"
	case refusedWith(err, "28P01"), refusedWith(err, "28000"):
		return host + " refuses this user: check user and password in database.url, and the server's pg_hba.conf"
	case refusedWith(err, "42501") && errors.Is(err, models.ErrMigrate):
		return migrateHint
	case refusedWith(err, "42501"):
		return grantsHint
	case refusedWith(err, "25006"):
		return "name the server that takes writes in database.url, or all hosts and ?target_session_attrs=read-write; `usersync check` says why " + host + " takes none"
	case refusedWith(err, "53300"):
		return "lower database.max_connections, or raise the server's max_connections"
	case refusedWith(err, "08P01"):
		// A pooler's one code for whatever keeps it from letting somebody through.
		return "what listens at " + host + " may be a pooler: check user, password and database in database.url and in the pooler's own settings, and look at its log"
	case strings.Contains(err.Error(), "server refused TLS connection"):
		return host + " speaks no TLS: turn it on there, or let database.url end with sslmode=disable where you trust the way between"
	case strings.Contains(err.Error(), "cannot connect to"):
		return "check that database.url is right for " + host
	}
	return ""
}

// refusedWith reports whether the server gave this SQLSTATE. It stands in every
// error of models, whatever language the server speaks.
func refusedWith(err error, state string) bool {
	return strings.Contains(err.Error(), "(SQLSTATE "+state+")")
}

// whereIs returns the address and the database that a Postgres URL names, with
// the defaults of libpq, as PGPORT.
func whereIs(url string) (address, database string) {
	settings, err := pgconn.ParseConfig(url)
	if err != nil {
		return "the host of database.url", "NAME"
	}
	_, address = pgconn.NetworkAddress(settings.Host, settings.Port)
	return address, cmp.Or(settings.Database, settings.User)
}
