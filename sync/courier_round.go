package usersync

import (
	"context"
	"errors"
	"time"
)

// courierRound is what a round found.
type courierRound struct {
	failed  bool          // the outbox did not answer
	full    bool          // there may be more that is due
	refused bool          // the receiver took nothing
	next    Micros        // when the next message is due, 0 if none waits
	after   time.Duration // for so long the receiver wants to be left alone
}

// round sends what is due.
func (c *Courier) round(ctx context.Context) (r courierRound) {
	borrowing, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	at := c.Clock()
	lent, next, err := c.Outbox.BorrowMessages(borrowing, c.Action, at, at+micros(courierLoan), courierBatch)
	if err != nil {
		c.remark(ctx, &c.queueing, "messages cannot be read, tried again soon", err)
		return courierRound{failed: true}
	}
	c.queueing.over()
	if len(lent) == 0 {
		return courierRound{next: next}
	}
	r = courierRound{full: len(lent) == courierBatch, refused: true, next: next}
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), courierTries)
	defer cancel()
	defer context.AfterFunc(ctx, func() { pause(sending, courierGrace, nil); cancel() })()
	settled := make([]SettledMessage, len(lent))
	rests := make([]time.Duration, len(lent))
	atOnce(courierInFlight, len(lent), func(i int) { settled[i], rests[i] = c.send(ctx, sending, lent[i]) })
	for i := range settled {
		r.after = max(r.after, rests[i])
		r.refused = r.refused && settled[i].Outcome != MessageSent
		if s := &settled[i]; s.Outcome == MessageWaits && (r.next == 0 || s.At < r.next) {
			r.next = s.At
		}
	}
	r.failed = c.settle(ctx, settled, lent[0].Until) != nil
	c.tell(ctx, settled)
	return r
}

// send tries a message once, unless ctx has ended: nothing is begun then. sending ends a
// little later. rest is how long the receiver wants to be left alone.
func (c *Courier) send(ctx, sending context.Context, m LentMessage) (s SettledMessage, rest time.Duration) {
	s = SettledMessage{LentMessage: m, Outcome: MessageSent}
	err := ctx.Err()
	if err == nil {
		limited, cancel := context.WithTimeout(sending, MessageTimeout)
		defer cancel()
		err = c.Post(limited, &m.Message)
	}
	s.At = c.Clock()
	if err == nil {
		return s, 0
	}
	if ctx.Err() != nil || sending.Err() != nil { // our end, or that of the loan: it is sent again at once
		s.Outcome, s.Detail = MessageWaits, "interrupted"
		return s, 0
	}
	var passing interface{ RetryAfter() time.Duration }
	var final interface{ Gone() bool }
	if errors.As(err, &passing) {
		rest = min(passing.RetryAfter(), courierWaitMax)
	}
	s.Detail = err.Error()
	switch {
	case errors.As(err, &final) && final.Gone():
		s.Outcome = MessageGivenUp
	case m.Attempts >= courierLeast && s.At-m.ReceivedAt > micros(courierGivesUp):
		s.Outcome = MessageGivenUp
	default:
		s.Outcome, s.At = MessageWaits, s.At+micros(max(backoff(m.Attempts, courierWait), rest))
	}
	return s, rest
}

// settle notes what became of the messages, also when ctx has ended meanwhile. While
// they are lent to nobody else it tries again: what is not noted is sent twice.
func (c *Courier) settle(ctx context.Context, settled []SettledMessage, until Micros) error {
	for {
		noting, cancel := context.WithTimeout(context.WithoutCancel(ctx), queueTimeout)
		err := c.Outbox.SettleMessages(noting, settled)
		cancel()
		if err == nil {
			return nil
		}
		c.remark(ctx, &c.queueing, "what became of messages cannot be noted: they may be sent again", err)
		if ctx.Err() != nil || c.Clock() > until {
			return err
		}
		pause(ctx, time.Second, nil)
	}
}

// tell reports what became of a batch.
func (c *Courier) tell(ctx context.Context, settled []SettledMessage) {
	for i := range settled {
		s := &settled[i]
		if s.Outcome == MessageWaits && ctx.Err() != nil {
			continue // it was not the receiver
		}
		if c.Tried != nil {
			c.Tried(c.Action, s.Outcome)
		}
		switch s.Outcome {
		case MessageGivenUp:
			c.Log.Error("a message was given up: look with `usersync actions waiting`", "action", c.Action, "message", s.ID, "attempts", s.Attempts, "reason", s.Detail)
		case MessageWaits:
			c.remark(ctx, &c.receiving, "a message was not taken, tried again later", errors.New(s.Detail))
		default:
			if c.receiving.over() {
				c.Log.Info("messages are taken again", "action", c.Action)
			}
		}
	}
}

// remark logs a trouble if it is due, and none that our own end causes.
func (c *Courier) remark(ctx context.Context, r *reminder, message string, err error) {
	if ctx.Err() != nil {
		return
	}
	if count, due := r.due(time.Now()); due {
		c.Log.Warn(message, "action", c.Action, "error", err.Error(), "times", count)
	}
}
