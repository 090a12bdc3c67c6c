package dashboard

import (
	"time"

	usersync "usersync/sync"
)

// eventLine is a processed event in a list.
type eventLine struct {
	At              moment // the zero moment: its time may change between deliveries and is not kept
	Received        moment
	Kind, Origin    string
	Outcome         badge
	Provider        string
	EventID, UserID string
	Path, AboutWhom string
	Exactly         string // the event's id as it was sent, to be copied
}

func viewEventLine(c *usersync.Claim, now time.Time) eventLine {
	return eventLine{
		At: microsMoment(c.OccurredAt, now), Received: microsMoment(c.ReceivedAt, now),
		Kind: c.Kind.String(), Origin: c.Origin.String(), Outcome: outcomeBadge(c.Outcome),
		Provider: c.Provider, EventID: printable(c.EventID), UserID: printable(c.UserID),
		Path: eventPath(c.ClaimKey), AboutWhom: userPath(c.UserKey), Exactly: c.EventID,
	}
}

// outcomeBadge is an outcome with its tone.
func outcomeBadge(o usersync.Outcome) badge {
	switch o {
	case usersync.OutcomeApplied:
		return badge{"good", "applied"}
	case usersync.OutcomeDeadLetter:
		return badge{"bad", "dead letter"}
	case usersync.OutcomeStale, usersync.OutcomeDuplicate, usersync.OutcomeIgnored:
		return badge{"idle", o.String()}
	default:
		return badge{"info", o.String()}
	}
}

// sourceView is what set something: an event, or a look at the provider.
type sourceView struct {
	Means   string
	At      moment
	EventID string // "" of a look at the provider
	Path    string // of the event's page, "" if it is not kept (any more)
	Kind    string // likewise
}

func viewSource(s *usersync.Source, now time.Time) *sourceView {
	if s == nil {
		return nil
	}
	v := &sourceView{Means: s.Means, At: microsMoment(s.At, now)}
	if s.Rank != usersync.RankListed {
		v.EventID = printable(s.Event)
	}
	if s.Claim != nil {
		v.Path, v.Kind = eventPath(s.Claim.ClaimKey), s.Claim.Kind.String()
	}
	return v
}
