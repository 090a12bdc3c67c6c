// Package fill puts users into the databases of the contestants before anything is
// measured: all of them have the same, older than every event that is sent later.
package fill

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"usersync/bench/traffic"
	"usersync/internal/secret"
	"usersync/models"
	"usersync/providers"
	usersync "usersync/sync"
)

// Provider is what usersync's configurations of the benchmark call their one provider.
const Provider = "authon"

// pageLength is how many users are written in one transaction.
const pageLength = 5000

// Usersync migrates a database and fills it by a backfill, with users as they look at
// an instant.
func Usersync(ctx context.Context, databaseURL string, users int, at time.Time) (err error) {
	db, err := models.Open(databaseURL, models.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.Migrate(ctx); err != nil {
		return err
	}
	list, err := newList(users, at)
	if err != nil {
		return err
	}
	backfill := usersync.Backfill{
		Lister: list, InFlight: 2,
		Engine: &usersync.Engine{Store: db.Store(), Clock: func() usersync.Micros { return usersync.MicrosOf(time.Now()) }, Log: slog.New(slog.DiscardHandler)},
	}
	run, err := backfill.Run(ctx, usersync.Run{})
	if err == nil && run.Counts.Changed != int64(users) {
		err = fmt.Errorf("%d users of %d were written", run.Counts.Changed, users)
	}
	return err
}

// list is a provider's list of users that are made up.
type list struct {
	provider *providers.Provider
	users    int
	at       time.Time
}

func newList(users int, at time.Time) (*list, error) {
	provider, err := providers.New(Provider, providers.Settings{Type: "authon", Secrets: []secret.Text{secret.New(traffic.Secret)}})
	return &list{provider, users, at}, err
}

// Page implements usersync.Lister. A cursor is the number of the first user.
func (l *list) Page(_ context.Context, cursor string) (page usersync.Page, err error) {
	first := 0
	if cursor != "" {
		if first, err = strconv.Atoi(cursor); err != nil {
			return page, err
		}
	}
	page.Instant = usersync.MicrosOf(l.at)
	for n := first; n < min(first+pageLength, l.users); n++ {
		body := traffic.Event("listed", n, "Jane Roe", l.at)
		delivery := l.provider.Decode(providers.Request{Body: []byte(body), ReceivedAt: time.Now(), Origin: usersync.OriginBackfill}, providers.Proof{})
		if len(delivery.Commands) != 1 {
			return page, errors.New("a user that was made up is not understood")
		}
		c := delivery.Commands[0]
		c.EventID = ""
		page.Users = append(page.Users, c)
	}
	if next := first + pageLength; next < l.users {
		page.Next = strconv.Itoa(next)
	}
	return page, nil
}

// After implements usersync.Lister.
func (l *list) After(cursor string) (next string, ok bool) {
	first, err := strconv.Atoi("0" + cursor)
	return strconv.Itoa(first + pageLength), err == nil && first+pageLength < l.users
}
