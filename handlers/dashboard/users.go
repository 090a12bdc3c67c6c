package dashboard

import (
	"net/http"
	"strings"
	"time"

	usersync "usersync/sync"
)

// usersShown is how many users stand on a page.
const usersShown = 50

// usersView is what templates/users.html shows.
type usersView struct {
	Text      string
	Provider  string
	Providers []choice
	Asked     bool
	Users     []userLine
	Newest    string // path of the first page, "" if this is it
	Next      string // path, "" at the end
}

// userLine is a user in a list.
type userLine struct {
	Path, Provider, UserID, ID string
	Email, Name                string
	State                      badge
	Updated                    moment
}

func (d *Dashboard) users(r *http.Request) (sheet, error) {
	a := askedBy(r)
	v := usersView{Text: a.text("q"), Provider: a.text("provider")}
	after := a.text("after")
	search := usersync.UserSearch{Provider: v.Provider, Text: strings.TrimSpace(v.Text)}
	if after != "" {
		// A provider's name has no slash, and an id may have any.
		provider, user, found := strings.Cut(after, "/")
		if !found || provider == "" || user == "" {
			a.fault("after", "no page ended there: begin without it")
		}
		search.After = usersync.UserKey{Provider: provider, UserID: user}
		v.Newest = usersPath(v.Text, v.Provider, "")
	}
	if a.err != nil {
		return sheet{}, a.err
	}
	found, err := d.desk.Users.FindUsers(r.Context(), search, usersShown+1)
	if err != nil {
		return sheet{}, err
	}
	if len(found) > usersShown {
		found = found[:usersShown]
		last := found[usersShown-1].UserKey
		v.Next = usersPath(v.Text, v.Provider, last.Provider+"/"+last.UserID)
	}
	now := d.clock()
	for i := range found {
		v.Users = append(v.Users, viewUserLine(&found[i], now))
	}
	v.Asked, v.Providers = search.Text != "" || v.Provider != "", choices(d.providerNames(r), v.Provider)
	return sheet{template: "users", title: "Users", body: v}, nil
}

func usersPath(text, provider, after string) string {
	return pathTo("/users", "q", text, "provider", provider, "after", after)
}

// lineText is how many bytes of a name stand in a list.
const lineText = 120

func viewUserLine(u *usersync.FoundUser, now time.Time) userLine {
	brief := func(f usersync.Field) string { return viewValue(u.View.Columns[f], lineText).Text }
	return userLine{
		Path: userPath(u.UserKey), Provider: u.Provider, UserID: printable(u.UserID), ID: u.ID().String(),
		Email: brief(usersync.FieldEmail), Name: brief(usersync.FieldName),
		State: standing(&u.View, now), Updated: microsMoment(u.UpdatedAt, now),
	}
}

// standing says whether a user may come in.
func standing(v *usersync.View, now time.Time) badge {
	until := v.Columns[usersync.FieldSuspendedUntil]
	switch {
	case v.DeletedAt.Kind() == usersync.Time:
		return badge{"idle", "deleted"}
	case v.Suspended && until.Kind() == usersync.Time && !until.Micros().Time().After(now):
		return badge{"good", "active, was suspended"}
	case v.Suspended:
		return badge{"warn", "suspended"}
	default:
		return badge{"good", "active"}
	}
}
