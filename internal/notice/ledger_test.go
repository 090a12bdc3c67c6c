package notice_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"usersync/internal/alarm"
	"usersync/internal/notice"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func of(kind alarm.Kind, provider string, severity alarm.Severity) alarm.Alarm {
	return alarm.Alarm{Kind: kind, Provider: provider, Severity: severity, Since: noon, Text: "a text", Remedy: "a remedy"}
}

func told(all []notice.Notice) string {
	var words []string
	for _, n := range all {
		words = append(words, fmt.Sprintf("%s %s %s %d", strings.TrimPrefix(string(n.Type), "usersync.alarm."), n.Alarm.Provider, n.Alarm.Severity, n.Repetition))
	}
	return strings.Join(words, "|")
}

func TestLedger(t *testing.T) {
	t.Parallel()
	silent, worse := of(alarm.ProviderSilent, "acme", alarm.Warning), of(alarm.ProviderSilent, "acme", alarm.Critical)
	other := of(alarm.ProviderSilent, "other", alarm.Warning)
	type look struct {
		at     time.Duration
		stand  []alarm.Alarm
		repeat time.Duration
		want   string
	}
	for name, looks := range map[string][]look{
		"raised once, cleared once": {
			{0, nil, time.Hour, ""},
			{1, []alarm.Alarm{silent}, time.Hour, "raised acme warning 0"},
			{2, []alarm.Alarm{silent}, time.Hour, ""},
			{3, []alarm.Alarm{other, silent}, time.Hour, "raised other warning 0"},
			{4, nil, time.Hour, "cleared acme warning 0|cleared other warning 0"},
			{5, nil, time.Hour, ""},
			{6, []alarm.Alarm{silent}, time.Hour, "raised acme warning 0"},
		},
		"it becomes critical": {
			{0, []alarm.Alarm{silent}, time.Hour, "raised acme warning 0"},
			{1, []alarm.Alarm{worse}, time.Hour, "raised acme critical 0"},
			{2, []alarm.Alarm{worse}, time.Hour, ""},
			{3, nil, time.Hour, "cleared acme critical 0"},
		},
		"it stands for long": {
			{0, []alarm.Alarm{silent}, time.Hour, "raised acme warning 0"},
			{time.Hour - 1, []alarm.Alarm{silent}, time.Hour, ""},
			{time.Hour, []alarm.Alarm{silent}, time.Hour, "raised acme warning 1"},
			{time.Hour + 1, []alarm.Alarm{silent}, time.Hour, ""},
			{5 * time.Hour, []alarm.Alarm{silent}, time.Hour, "raised acme warning 5"},
			{5*time.Hour + 1, []alarm.Alarm{silent}, 24 * time.Hour, ""},
			{6 * time.Hour, []alarm.Alarm{silent}, time.Hour, "raised acme warning 6"},
		},
		"told once": {
			{0, []alarm.Alarm{silent}, 0, "raised acme warning 0"},
			{1000 * time.Hour, []alarm.Alarm{silent}, 0, ""},
		},
		"found when it has stood for long": {
			{50 * time.Hour, []alarm.Alarm{silent}, 24 * time.Hour, "raised acme warning 2"},
			{51 * time.Hour, []alarm.Alarm{silent}, 24 * time.Hour, ""},
		},
		"its beginning is ahead of our clock": {{-time.Hour, []alarm.Alarm{silent}, time.Minute, "raised acme warning 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var l notice.Ledger
			for i, one := range looks {
				if got := told(l.Due(one.stand, noon.Add(one.at), one.repeat)); got != one.want {
					t.Errorf("look %d: %q, want %q", i, got, one.want)
				}
			}
		})
	}
}

func from(replica string) notice.Sender {
	return notice.Sender{Replica: replica, URL: func(a alarm.Alarm) string { return "http://127.0.0.1:8081/?of=" + a.Provider }}
}

// Replicas, also of another version, make the same ids of what they share.
func TestIDs(t *testing.T) {
	t.Parallel()
	base := notice.Notice{Type: notice.Raised, Alarm: of(alarm.ProviderSilent, "acme", alarm.Warning), At: noon}
	if got := base.ID(from("a")); got != "alarm_c0c3f18aa26cebe395afe2b1fd960db0" {
		t.Errorf("another id than that of earlier versions: %s", got)
	}
	same := base
	same.Alarm.Since = noon.Add(999 * time.Millisecond)
	same.Alarm.Text, same.At = "another text", noon.Add(time.Hour)
	if same.ID(from("b")) != base.ID(from("a")) {
		t.Error("the same alarm has two ids")
	}
	seen := map[string]string{}
	for name, change := range map[string]func(n *notice.Notice){
		"base": func(*notice.Notice) {}, "kind": func(n *notice.Notice) { n.Alarm.Kind = alarm.DriftHeld },
		"provider": func(n *notice.Notice) { n.Alarm.Provider = "other" }, "since": func(n *notice.Notice) { n.Alarm.Since = noon.Add(time.Second) },
		"severity": func(n *notice.Notice) { n.Alarm.Severity = alarm.Critical }, "repetition": func(n *notice.Notice) { n.Repetition = 1 },
		"type": func(n *notice.Notice) { n.Type = notice.Cleared },
	} {
		n := base
		change(&n)
		id := n.ID(from("a"))
		if other := seen[id]; other != "" {
			t.Errorf("%s and %s have one id", name, other)
		}
		seen[id] = name
	}
	cleared, worse := base, base
	cleared.Type, worse.Type = notice.Cleared, notice.Cleared
	worse.Alarm.Severity = alarm.Critical
	if cleared.ID(from("a")) != worse.ID(from("b")) {
		t.Error("one end has two ids")
	}
	own := notice.Notice{Type: notice.Raised, Alarm: of(alarm.SpoolInUse, "", alarm.Warning), At: noon}
	if own.ID(from("a")) == own.ID(from("b")) || own.Claims(from("a")) != nil {
		t.Error("each replica has a spool of its own")
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	n := notice.Notice{Type: notice.Raised, Alarm: of(alarm.ProviderSilent, "acme", alarm.Warning), At: noon.Add(time.Minute + time.Millisecond)}
	m, err := n.Message(from("host-1"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"type":"usersync.alarm.raised","timestamp":"2026-11-26T12:01:00Z","data":{"kind":"provider_silent","provider":"acme","severity":"warning","since":"2026-11-26T12:00:00Z","text":"a text","remedy":"a remedy","replica":"host-1","url":"http://127.0.0.1:8081/?of=acme"}}`
	if string(m.Body) != want || m.ID != n.ID(from("host-1")) {
		t.Errorf("%s\ngot  %s\nwant %s", m.ID, m.Body, want)
	}
}
