package usersync_test

import (
	"context"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// asks is what a script makes of a request, however often it is read.
func asks(v *usersync.Verified, origin usersync.Origin) *usersync.Delivery {
	c := usersync.Command{
		UserKey: usersync.UserKey{Provider: "p", UserID: "u"}, EventID: "e", Kind: usersync.KindCreated,
		OccurredAt: storetest.Base, ReceivedAt: v.ReceivedAt, Origin: origin, Payload: v.Body,
	}
	c.Fields[usersync.FieldEmail] = usersync.TextValue("u@x")
	m := usersync.Message{ID: "m", Provider: "p", UserID: "u", Action: "a", Body: []byte(`{}`), ReceivedAt: v.ReceivedAt, Origin: origin}
	return &usersync.Delivery{Commands: []usersync.Command{c}, Messages: []usersync.Message{m}, Verified: *v}
}

// A request that was spooled because nobody knew whether it was applied sends its
// message once.
func TestASpooledRequestSendsOnce(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	engine := storetest.Engine(store)
	v := usersync.Verified{Provider: "p", ReceivedAt: storetest.Base, Body: []byte(`{"id":"u"}`)}
	if r := engine.Apply(t.Context(), []*usersync.Delivery{asks(&v, usersync.OriginLive)})[0]; r.Err != nil {
		t.Fatal(r.Err)
	}
	spool := &pile{}
	for range 2 {
		if err := spool.Append(t.Context(), &v); err != nil {
			t.Fatal(err)
		}
	}
	told := 0
	engine.Posted = func(*usersync.Message) { told++ }
	drainer := usersync.NewDrainer(usersync.Drainer{
		Spool: spool, Engine: engine, Probe: func(ctx context.Context) error { return ctx.Err() }, Log: engine.Log,
		Read: func(v *usersync.Verified) *usersync.Delivery { return asks(v, usersync.OriginSpool) },
	})
	if left, err := drainer.Drain(t.Context(), func(int) {}); left != 0 || err != nil {
		t.Fatal(left, err)
	}
	if all := store.Posted(); len(all) != 1 || all["m"].At != engine.Clock() || told != 2 {
		t.Errorf("%+v, told %d times", all, told)
	}
}

// A message that waits with a dead letter is sent once that is retried, and not before.
func TestARetriedLetterSends(t *testing.T) {
	t.Parallel()
	store := storetest.NewMemory()
	store.Refuse("u@x")
	engine := storetest.Engine(store)
	v := usersync.Verified{Provider: "p", ReceivedAt: storetest.Base, Body: []byte(`{"id":"u"}`)}
	if r := engine.Apply(t.Context(), []*usersync.Delivery{asks(&v, usersync.OriginLive)})[0]; r.Outcome != usersync.OutcomeDeadLetter {
		t.Fatalf("%+v", r)
	}
	now := "u@x"
	work := usersync.LetterRetry{Letters: store, Engine: engine, Reread: func(l *usersync.StoredLetter) (*usersync.Delivery, error) {
		d := asks(&usersync.Verified{Provider: "p", ReceivedAt: storetest.Base, Body: l.Payload}, usersync.OriginReplay)
		d.Commands[0].Fields[usersync.FieldEmail] = usersync.TextValue(now)
		return d, nil
	}}
	retry := func() (one usersync.Retried) {
		t.Helper()
		if err := work.All(t.Context(), usersync.LetterScope{}, func(r usersync.Retried) { one = r }); err != nil {
			t.Fatal(err)
		}
		return one
	}
	if r := retry(); r.Gone || len(store.Posted()) != 0 || len(store.Letters()) != 1 || store.Letters()[0].Seen != 1 {
		t.Errorf("%+v, %v, %+v", r, store.Posted(), store.Letters())
	}
	now = "fine@x"
	if r := retry(); !r.Gone || r.Outcome != usersync.OutcomeApplied || len(store.Posted()) != 1 || len(store.Letters()) != 0 {
		t.Errorf("%+v, %v", r, store.Posted())
	}
}
