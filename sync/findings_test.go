package usersync_test

import (
	"fmt"
	"testing"

	usersync "usersync/sync"
)

func drift(id string, kind usersync.DriftKind, edit ...func(*usersync.View)) usersync.Drift {
	d := usersync.Drift{UserKey: usersync.UserKey{Provider: "p", UserID: id}, Kind: kind}
	for _, change := range edit {
		change(&d.After)
	}
	return d
}

func shows(f usersync.Field, v usersync.Value) func(*usersync.View) {
	return func(view *usersync.View) { view.Columns[f] = v }
}

func digest(all ...usersync.Drift) string {
	f := usersync.NewFindings()
	for _, d := range all {
		f.Add(d)
	}
	return f.Digest()
}

func TestDigestIsOfWhoDiffersAndHow(t *testing.T) {
	t.Parallel()
	a := drift("a", usersync.DriftChanged, shows(usersync.FieldEmail, usersync.TextValue("a@x")))
	b := drift("b", usersync.DriftGone)
	if digest(a, b) != digest(b, a) {
		t.Error("the order counts")
	}
	deleted := drift("b", usersync.DriftGone, func(v *usersync.View) { v.DeletedAt = usersync.TimeValue(7) })
	if digest(a, b) != digest(a, deleted) {
		t.Error("the time of the listing counts")
	}
	different := map[string]usersync.Drift{
		"another user":  drift("c", usersync.DriftChanged, shows(usersync.FieldEmail, usersync.TextValue("a@x"))),
		"another kind":  drift("a", usersync.DriftMissing, shows(usersync.FieldEmail, usersync.TextValue("a@x"))),
		"another value": drift("a", usersync.DriftChanged, shows(usersync.FieldEmail, usersync.TextValue("b@x"))),
		"another field": drift("a", usersync.DriftChanged, shows(usersync.FieldName, usersync.TextValue("a@x"))),
		"null":          drift("a", usersync.DriftChanged, shows(usersync.FieldEmail, usersync.NullValue())),
		"suspended":     drift("a", usersync.DriftChanged, shows(usersync.FieldEmail, usersync.TextValue("a@x")), func(v *usersync.View) { v.Suspended = true }),
	}
	for name, d := range different {
		if digest(d) == digest(a) {
			t.Errorf("%s has the same digest", name)
		}
	}
	if digest() == digest(a) || digest(a) == digest(a, b) {
		t.Error("fewer or more have the same digest")
	}
	// A list that moves names somebody on two pages.
	if digest(a, b) != digest(a, b, a) {
		t.Error("a repetition counts")
	}
}

func TestFindingsMaskAddresses(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"ann@example.com": "a***@example.com", "Ärger@x": "Ä***@x", "no address": "n***", "": "", "@x": "", `"a@b"@x`: "\"***@x"} {
		f := usersync.NewFindings()
		f.Add(drift("a", usersync.DriftMissing, shows(usersync.FieldEmail, usersync.TextValue(address))))
		if got := f.Samples[usersync.DriftMissing][0].Email; got != want {
			t.Errorf("%q is shown as %q, want %q", address, got, want)
		}
	}
	f := usersync.NewFindings()
	for i := range 50_000 {
		f.Add(drift(fmt.Sprint(i), usersync.DriftChanged))
		f.Add(drift(fmt.Sprint(max(0, i-1000)), usersync.DriftChanged))
	}
	if f.Total() != 50_000 || len(f.Samples[usersync.DriftChanged]) != 10 {
		t.Errorf("%d, %d samples", f.Total(), len(f.Samples[usersync.DriftChanged]))
	}
}
