package dashboard

import (
	"net/http"
	"strconv"
	"time"

	usersync "usersync/sync"
)

// lettersShown is how many dead letters stand on a page.
const lettersShown = 50

// letterFilter is what the form of the letters asks for.
type letterFilter struct{ Provider, Reason, User string }

func (f letterFilter) path(below int64) string {
	from := ""
	if below > 0 {
		from = strconv.FormatInt(below, 10)
	}
	return pathTo("/letters", "provider", f.Provider, "reason", f.Reason, "user", f.User, "below", from)
}

func (f letterFilter) scope() usersync.LetterScope {
	return usersync.LetterScope{Provider: f.Provider, Reason: f.Reason, UserID: f.User}
}

// letterFilterOf reads a filter from a query or a form.
func letterFilterOf(a *asked) letterFilter {
	return letterFilter{Provider: a.text("provider"), Reason: a.text("reason"), User: a.text("user")}
}

// lettersView is what templates/letters.html shows.
type lettersView struct {
	Filter             letterFilter
	Filtered           bool
	Providers, Reasons []choice
	Letters            []letterLine
	Explained          []reasonView // of the reasons that stand on this page
	First              bool
	Newest, Next       string
}

// letterLine is a dead letter in a list.
type letterLine struct {
	ID               int64
	Path             string
	Provider, Reason string
	EventID, UserID  string
	AboutWhom        string // path, "" if it names nobody
	Seen             int64
	LastSeen, Due    moment
}

// reasonView is a reason in words.
type reasonView struct{ Reason, Means, Remedy string }

func (d *Dashboard) letters(r *http.Request) (sheet, error) {
	a := askedBy(r)
	f, below := letterFilterOf(a), a.number("below")
	if a.err != nil {
		return sheet{}, a.err
	}
	page, err := d.desk.Letters.LetterPage(r.Context(), f.scope(), below, lettersShown)
	if err != nil {
		return sheet{}, err
	}
	v := lettersView{
		Filter: f, Filtered: f != letterFilter{}, First: below == 0, Newest: f.path(0),
		Providers: choices(d.providerNames(r), f.Provider), Reasons: choices(reasonNames(), f.Reason),
	}
	if n := len(page); n > 0 {
		// A page also ends at so many bytes: only the next one tells whether there is one.
		rest, err := d.desk.Letters.LetterPage(r.Context(), f.scope(), page[n-1].ID, 1)
		if err != nil {
			return sheet{}, err
		}
		if len(rest) > 0 {
			v.Next = f.path(page[n-1].ID)
		}
	}
	v.fill(page, d.clock())
	return sheet{template: "letters", title: "Dead letters", body: v}, nil
}

func (v *lettersView) fill(page []usersync.StoredLetter, now time.Time) {
	told := map[string]bool{}
	for i := range page {
		l := &page[i]
		v.Letters = append(v.Letters, viewLetterLine(l, now))
		if !told[l.Reason] {
			told[l.Reason] = true
			v.Explained = append(v.Explained, reasonOfLetter(l.Reason))
		}
	}
}

func viewLetterLine(l *usersync.StoredLetter, now time.Time) letterLine {
	v := letterLine{
		ID: l.ID, Path: letterPath(l.ID), Provider: printable(l.Provider), Reason: printable(l.Reason),
		EventID: printable(l.EventID), UserID: printable(l.UserID),
		Seen: l.Seen, LastSeen: microsMoment(l.ReceivedAt, now), Due: microsMoment(l.DueAt, now),
	}
	if l.UserID != "" {
		v.AboutWhom = userPath(usersync.UserKey{Provider: l.Provider, UserID: l.UserID})
	}
	return v
}
