package dashboard

import (
	"net/http"

	usersync "usersync/sync"
)

// eventsShown is how many events stand on a page.
const eventsShown = 50

// The words of the filters.
var (
	kindWords    = []string{"user.created", "user.updated", "user.deleted", "user.banned", "user.unbanned"}
	outcomeWords = []string{"applied", "stale"} // of others no record is kept
	originWords  = []string{"live", "spool", "replay"}
)

// eventFilter is what the form of the events asks for, as it was asked.
type eventFilter struct{ Provider, Kind, Outcome, Origin, User, Event string }

// empty reports whether all events are meant.
func (f eventFilter) empty() bool { return f == eventFilter{} }

// path is a page of the events with this filter, from where another page said.
func (f eventFilter) path(from string) string {
	return pathTo("/events", "provider", f.Provider, "kind", f.Kind, "outcome", f.Outcome, "origin", f.Origin, "user", f.User, "event", f.Event, "from", from)
}

// scope is what the log is asked for.
func (f eventFilter) scope() usersync.EventScope {
	s := usersync.EventScope{Provider: f.Provider, UserID: f.User, EventID: f.Event}
	s.Kind, _ = usersync.ParseKind(f.Kind)
	for o := usersync.OutcomeDeadLetter; o <= usersync.OutcomeSpooled; o++ {
		if o.String() == f.Outcome {
			s.Outcome = o
		}
	}
	if o, ok := usersync.ParseOrigin(f.Origin); ok {
		s.Origin = &o
	}
	return s
}

// eventsView is what templates/events.html shows.
type eventsView struct {
	Filter                              eventFilter
	Filtered                            bool
	Providers, Kinds, Outcomes, Origins []choice
	Events                              []eventLine
	First                               bool
	Newest                              string // path of the first page
	Next                                string // path, "" at the end
	Thin                                bool   // not as many as fit, although there may be more
}

// choice is an option of a form's list.
type choice struct {
	Value, Text string
	Chosen      bool
}

// choices are the options of a filter: all, the words, and what was chosen if it is none
// of them.
func choices(words []string, chosen string) []choice {
	all := []choice{{Text: "any", Chosen: chosen == ""}}
	found := chosen == ""
	for _, w := range words {
		all = append(all, choice{w, w, w == chosen})
		found = found || w == chosen
	}
	if !found {
		all = append(all, choice{chosen, printable(chosen), true})
	}
	return all
}

// providerNames are those that are configured.
func (d *Dashboard) providerNames(r *http.Request) (names []string) {
	for _, p := range d.desk.Overview(r.Context()).Providers {
		names = append(names, p.Name)
	}
	return names
}

func (d *Dashboard) events(r *http.Request) (sheet, error) {
	a := askedBy(r)
	f := eventFilter{
		Provider: a.text("provider"), Kind: a.oneOf("kind", kindWords), Outcome: a.oneOf("outcome", outcomeWords),
		Origin: a.oneOf("origin", originWords), User: a.text("user"), Event: a.text("event"),
	}
	from := a.text("from")
	if a.err != nil {
		return sheet{}, a.err
	}
	page, err := d.desk.Events.EventPage(r.Context(), f.scope(), from, eventsShown)
	if err != nil {
		return sheet{}, err
	}
	v := eventsView{
		Filter: f, Filtered: !f.empty(), First: from == "", Newest: f.path(""), Thin: len(page.Events) < eventsShown && page.Next != "",
		Providers: choices(d.providerNames(r), f.Provider), Kinds: choices(kindWords, f.Kind),
		Outcomes: choices(outcomeWords, f.Outcome), Origins: choices(originWords, f.Origin),
	}
	if page.Next != "" {
		v.Next = f.path(page.Next)
	}
	now := d.clock()
	for i := range page.Events {
		v.Events = append(v.Events, viewEventLine(&page.Events[i], now))
	}
	return sheet{template: "events", title: "Events", live: v.First, body: v}, nil
}
