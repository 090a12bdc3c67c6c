package usersync

// Message is what an event has the daemon send: the call of an action that the
// operator declared, made by a provider's script. It is stored with what the event
// changes, in one transaction, and sent afterwards until it is taken.
type Message struct {
	ID         string // known to repeat when the event is repeated: it is stored once; nothing of the user stands in it
	Provider   string // whose script asked for it
	UserID     string // whom it is about, "" if the event names nobody
	Action     string // the id of the action in the configuration
	Body       []byte // JSON
	ReceivedAt Micros // by our clock
	Origin     Origin // of the event
}

// Empty reports whether a delivery says nothing that is kept.
func (d *Delivery) Empty() bool { return len(d.Commands)+len(d.Letters)+len(d.Messages) == 0 }

// posting is a message as a member of a batch.
type posting struct {
	*Message
	alone bool      // its delivery says nothing about users
	first bool      // of its delivery
	from  *Verified // the request that asked for it
}

// whole is a delivery with messages as one unit: they are sent if all that it says of
// users is taken, and not otherwise.
func whole(index int, d *Delivery) unit {
	u := make(unit, 0, len(d.Commands)+len(d.Messages))
	for i := range d.Commands {
		u = append(u, entry{delivery: index, command: &d.Commands[i]})
	}
	for i := range d.Messages {
		u = append(u, entry{delivery: index, message: &posting{&d.Messages[i], len(d.Commands) == 0, i == 0, &d.Verified}})
	}
	return u
}

// deadLetter keeps the request of a message that cannot be stored. It names nobody: the
// user's id may be what was refused.
func (p *posting) deadLetter(detail string) DeadLetter {
	return DeadLetter{
		Provider: p.Provider, Reason: "refused", Detail: detail,
		Payload: p.from.Body, Headers: p.from.Headers, Origin: p.Origin, ReceivedAt: p.ReceivedAt,
	}
}

// post adds the messages to the changes. Nothing is sent for a delivery of which
// something became a dead letter, because the messages come again when that is
// retried, nor about somebody who was erased.
func (d *decision) post(p *plan, entries []entry, known Known, waits map[int]bool) {
	if len(p.messages) == 0 {
		return
	}
	unsent := map[int]Outcome{} // by delivery
	for _, i := range p.order {
		switch {
		case d.outcomes[i] == OutcomeDeadLetter, known.Users[p.user[i]].Erased:
			unsent[entries[i].delivery] = unsent[entries[i].delivery].Or(d.outcomes[i])
		}
	}
	for _, i := range p.messages {
		e := entries[i]
		switch why := unsent[e.delivery]; {
		case waits[e.delivery]:
		case why != OutcomeNone:
			d.outcomes[i] = why
		case p.user[i] >= 0 && known.Mentioned != nil && known.Mentioned[p.user[i]]:
			d.outcomes[i] = OutcomeIgnored
		default:
			d.changes.Messages = append(d.changes.Messages, *e.message.Message)
			d.outcomes[i] = OutcomeIgnored // the commands tell what became of the event
			if e.message.alone {
				d.outcomes[i] = OutcomeApplied
			}
		}
	}
}

// tellPosted reports the messages that were stored, or were already.
func (d *decision) tellPosted(tell func(m *Message)) {
	for i := range d.changes.Messages {
		if tell != nil {
			tell(&d.changes.Messages[i])
		}
	}
}
