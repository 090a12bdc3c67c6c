package providerpages

import (
	"slices"

	"go.yaml.in/yaml/v3"

	usersync "usersync/sync"
)

// columns says what fills each column: one column of the table for each form
// that users come in.
func (d *definition) columns(p *page) {
	p.section("Which columns it fills")
	heads, forms := []string{"column"}, []user{}
	add := func(head string, u user) {
		if len(pairs(&u.Fields)) > 0 {
			heads, forms = append(heads, head), append(forms, u)
		}
	}
	add("from an event", d.User)
	for _, form := range d.asked() {
		add("from "+form.where, form.user)
	}
	if len(forms) == 0 {
		p.line("None by itself: an event carries the user's id.")
		return
	}
	p.table(heads...)
	for f := usersync.Field(0); f < usersync.NumColumns; f++ {
		row := []string{code(f.String())}
		for _, form := range forms {
			text := ""
			if from := member(&form.Fields, f.String()); from != nil {
				text = words(from)
			}
			row = append(row, text)
		}
		if slices.ContainsFunc(row[1:], func(text string) bool { return text != "" }) {
			p.row(row...)
		}
	}
	p.line("")
	if d.User.At.Kind != 0 {
		p.line("In an event, what stands here begins at %s.", words(&d.User.At))
	}
	p.line("What is absent changes nothing; null clears the column.")
}

// standing says what bans and deletes a user.
func (d *definition) standing(p *page) {
	p.section("Bans and deletions")
	var all []string
	for _, typ := range pairs(&d.Event.Types) {
		if slices.Contains([]string{"user.banned", "user.unbanned", "user.deleted"}, typ.value.Value) {
			all = append(all, "The event "+code(typ.key)+" is "+typ.value.Value)
		}
	}
	all = append(all, flags(d.User, "")...)
	for _, form := range d.asked() {
		all = append(all, flags(form.user, "From "+form.where+", ")...)
	}
	if d.deletions() == unsaid && d.List != nil {
		all = append(all, "No event says that a user was deleted: `usersync reconcile` finds out")
	}
	if len(all) == 0 {
		p.line("It says nothing of either.")
	}
	p.list(all)
}

// asked are the forms of users in answers, where they are not those of events.
func (d *definition) asked() []askedUser {
	var all []askedUser
	if d.List != nil && d.List.Detail == "" && !d.List.User.same {
		all = append(all, askedUser{"the list", d.List.User.user})
	}
	if d.Fetch == nil || d.Fetch.User.same {
		return all
	}
	if fetched := d.Fetch.User.user; len(all) == 1 && all[0].user.sameAs(fetched) {
		all[0].where = "the list or a fetch"
	} else {
		all = append(all, askedUser{"a fetch", fetched})
	}
	return all
}

// askedUser is the form of users in an answer.
type askedUser struct {
	where string
	user  user
}

// sameAs reports whether two forms are written alike.
func (u user) sameAs(other user) bool {
	return source(&u.Fields) == source(&other.Fields) && source(&u.Access) == source(&other.Access) && source(&u.Life) == source(&other.Life)
}

// flags says which values mean banned or deleted.
func flags(u user, where string) []string {
	var all []string
	for _, part := range []yaml.Node{u.Access, u.Life} {
		for _, flag := range items(&part) {
			from := member(flag, "path")
			if from == nil || !onlyKnown(flag) {
				if until := member(flag, "until"); until != nil && len(pairs(flag)) == 1 {
					all = append(all, where+words(until)+" bans until that time")
					continue
				}
				all = append(all, where+source(flag))
				continue
			}
			text := where + words(from)
			separator := ": "
			for _, p := range pairs(flag) {
				if p.key != "path" {
					text += separator + p.key + " if it is " + values(p.value)
					separator = ", "
				}
			}
			all = append(all, text)
		}
	}
	return all
}

// onlyKnown reports whether a flag has no other keys than those that flags puts
// into words.
func onlyKnown(flag *yaml.Node) bool {
	return !slices.ContainsFunc(pairs(flag), func(p pair) bool {
		return !slices.Contains([]string{"path", "banned", "unbanned", "alive", "deleted"}, p.key)
	})
}
