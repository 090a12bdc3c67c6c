package providers

import (
	"strings"
	"testing"

	usersync "usersync/sync"
)

// The page about definitions shows how to read what senders write for nothing.
func TestThePageTellsHowNothingIsRead(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(string(readFile(t, "../docs/ADD-A-PROVIDER.md")), "What senders write for nothing:\n\n```yaml\n")
	user, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("the page has no such example")
	}
	p := custom(t, "{secret: {header: X}}", plainEvent, "\n"+user, Settings{Auth: "none"})
	type fields = map[usersync.Field]usersync.Value
	for body, want := range map[string]struct {
		access usersync.Access
		fields fields
	}{
		`"state":{"suspended":"true","reason":"fraud","until":""},"org":null,"emails":[]`: {usersync.AccessBanned, fields{
			usersync.FieldSuspendedReason: usersync.TextValue("fraud"), usersync.FieldTenantID: usersync.NullValue(), usersync.FieldEmail: usersync.NullValue(),
		}},
		`"state":{"suspended":"true","reason":"","until":"1899999999000"},"org":{"id":17},"emails":[{"address":"a","primary":false},{"address":"b","primary":true}]`: {usersync.AccessBanned, fields{
			usersync.FieldSuspendedReason: usersync.NullValue(), usersync.FieldSuspendedUntil: usersync.TimeValue(1899999999000000),
			usersync.FieldTenantID: usersync.TextValue("17"), usersync.FieldEmail: usersync.TextValue("b"),
		}},
		`"state":{"suspended":"false","reason":"","until":"1899999999000"}`: {usersync.AccessUnbanned, fields{usersync.FieldSuspendedReason: usersync.NullValue()}},
		`"emails":[{"address":"a","primary":false}]`:                        {usersync.AccessUnsaid, fields{}},
	} {
		got := one(t, decode(p, `{"event":"up","id":"u","at":1768478400,`+body+`}`))
		if got.Access != want.access {
			t.Errorf("%s: access is %v, want %v", body, got.Access, want.access)
		}
		for f := range usersync.NumColumns {
			if got.Fields[f] != want.fields[f] {
				t.Errorf("%s: %s is %+v, want %+v", body, f, got.Fields[f], want.fields[f])
			}
		}
	}
}
