package dashboard

import (
	"net/url"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
)

// overviewView is what templates/overview.html shows.
type overviewView struct {
	State     badge // all of it in a line
	At        moment
	Needs     []need
	Trouble   []string
	Start     *firstSteps // nil once an event came
	Providers []providerView
	System    systemView
}

// badge is a state in a word, with a tone that is told by an icon too.
type badge struct {
	Tone string // good, warn, bad, idle or info
	Word string
}

// need is something that somebody has to do.
type need struct {
	State        badge
	Provider     string
	Text, Remedy string
	Since        moment
	Look         *link // the page that shows more, nil if there is none
}

// firstSteps is what to do before the first event came.
type firstSteps struct{ Name, WebhookURL string }

// viewOverview says how things stand, in the order in which it matters.
func viewOverview(o desk.Overview) overviewView {
	v := overviewView{At: momentOf(o.At, o.At), Needs: needs(o), Trouble: o.Trouble, System: viewSystem(o)}
	v.State = stateOf(v.Needs, len(o.Trouble))
	heard := false
	for i := range o.Providers {
		p := &o.Providers[i]
		heard = heard || !p.Verified.IsZero()
		v.Providers = append(v.Providers, viewProvider(p, o.At))
	}
	if !heard && len(o.Providers) > 0 {
		v.Start = &firstSteps{o.Providers[0].Name, o.Providers[0].WebhookURL}
	}
	return v
}

// needs are the alarms, and before them what they cannot say while the database is away.
func needs(o desk.Overview) []need {
	var all []need
	if !o.Ready {
		all = append(all, need{
			State: badge{"bad", "critical"}, Text: "Deliveries are not taken: neither the database nor the spool can make them durable.",
			Remedy: "See below which part is not ready, and why. Their senders try again for a while.",
		})
	}
	if o.Away != "" {
		all = append(all, need{
			State: badge{"bad", "critical"}, Text: "The database does not answer: " + o.Away,
			Remedy: "See that it runs and can be reached from this machine; usersync check says more.",
		})
	}
	for _, a := range o.Alarms {
		all = append(all, need{State: severity(a.Severity), Provider: a.Provider, Text: a.Text, Remedy: a.Remedy, Since: momentOf(a.Since, o.At), Look: look(a)})
	}
	return all
}

// look is where one sees what an alarm is about.
func look(a alarm.Alarm) *link {
	var at link
	switch a.Kind {
	case alarm.DeadLetters:
		at = link{Path: "/letters", Text: "See the dead letters"}
	case alarm.DriftHeld, alarm.DeletesHeld:
		at = link{Path: "/runs", Text: "See the runs"}
	case alarm.ProviderSilent:
		at = link{Path: "/events", Text: "See the last events"}
	case alarm.SignatureFailures:
		return &link{Path: "/settings", Text: "See which secrets fit"}
	default:
		return nil
	}
	if a.Provider != "" {
		at.Path += "?" + url.Values{"provider": {a.Provider}}.Encode()
	}
	return &at
}

func severity(s alarm.Severity) badge {
	if s == alarm.Critical {
		return badge{"bad", string(s)}
	}
	return badge{"warn", string(s)}
}

// stateOf is how things stand in a line.
func stateOf(needs []need, unknown int) badge {
	tone, word := "good", "All is well"
	switch {
	case len(needs) == 1:
		tone, word = "warn", "1 thing needs you"
	case len(needs) > 1:
		tone, word = "warn", counted(int64(len(needs)), "", "things need you")
	case unknown > 0:
		return badge{"info", "All is well, as far as can be known"}
	}
	for _, n := range needs {
		if n.State.Tone == "bad" {
			tone = "bad"
		}
	}
	return badge{tone, word}
}

// systemView is how the daemon itself is.
type systemView struct {
	Version, Replica, Database string
	DatabaseState              badge
	Started                    moment
	Uptime                     string
	Parts                      []partView
	Spool                      *spoolView // nil: there is none
	Messages                   []messagesView
}

type partView struct {
	Name, Error string
	State       badge
}

type spoolView struct {
	State       badge
	Records     int64
	Bytes, Most int64
	Percent     int64
	Oldest      moment
}

type messagesView struct {
	Action string
	Count  string
	Oldest moment
}

func viewSystem(o desk.Overview) systemView {
	v := systemView{
		Version: o.Version, Replica: o.Replica, Database: databaseName(o.Database), DatabaseState: badge{"good", "answers"},
		Started: momentOf(o.Started, o.At), Uptime: span(max(o.At.Sub(o.Started), 0).Truncate(time.Second)),
	}
	if o.Away != "" {
		v.DatabaseState = badge{"bad", "does not answer"}
	}
	for _, p := range o.Parts {
		state := badge{"good", "ready"}
		if !p.Ready {
			state = badge{"bad", "not ready"}
		}
		v.Parts = append(v.Parts, partView{p.Name, p.Error, state})
	}
	if s := o.Spool; s != nil {
		v.Spool = &spoolView{State: badge{"good", "empty"}, Records: s.Records, Bytes: s.Bytes, Most: s.MaxBytes, Oldest: momentOf(s.Oldest, o.At)}
		if s.MaxBytes > 0 {
			v.Spool.Percent = min(100*s.Bytes/s.MaxBytes, 100)
		}
		if s.Records > 0 {
			v.Spool.State = badge{"warn", "in use"}
		}
	}
	for _, m := range o.Messages {
		v.Messages = append(v.Messages, messagesView{m.Action, waiting(m.Count), microsMoment(m.Oldest, o.At)})
	}
	return v
}

func databaseName(dialect string) string {
	switch dialect {
	case "postgres":
		return "Postgres"
	case "sqlite":
		return "SQLite"
	default:
		return dialect
	}
}
