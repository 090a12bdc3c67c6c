package dashboard_test

import (
	"context"
	"time"

	"usersync/handlers/desk"
	"usersync/internal/alarm"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// at is the present of the fake desk.
var at = time.Date(2026, 5, 4, 12, 30, 0, 0, time.UTC)

// hostile is what a stranger may choose as an id, a name or a text, and what must never be
// more than a text.
var hostile = []string{
	`<script>document.title="owned"</script>`,
	`"><img src=x onerror="document.title='owned'">`,
	`'-document.write(1)-'`,
	`javascript:document.title="owned"`,
	"\u202egnp.exe\u202c and \u2066more",
	"{{.}} ${1} %s %n",
	"🦄👩‍👩‍👧‍👦 ünïcode",
}

// newDesk makes a desk over lively data: two providers, one of them in trouble.
func newDesk() *desk.Desk {
	return &desk.Desk{
		Overview: func(context.Context) desk.Overview { return busyOverview() },
		Settings: func() string {
			return "listen: 127.0.0.1:8080\nadmin:\n  token: <secret>\nproviders:\n  acme:\n    secrets: [<secret>]\n# " + hostile[0] + hostile[1] + "\n"
		},
	}
}

func busyOverview() desk.Overview {
	return desk.Overview{
		At: at, Started: at.Add(-53 * time.Hour), Version: "v1.2.3", Replica: "host-" + hostile[1], Database: "postgres", Ready: true,
		Parts: []desk.Part{{Name: "database", Ready: true}, {Name: "spool", Ready: false, Error: "full: " + hostile[0]}},
		Spool: &desk.Spool{Records: 1234, Bytes: 5 << 20, MaxBytes: 1 << 30, Oldest: at.Add(-3 * time.Minute)},
		Alarms: []alarm.Alarm{
			{Kind: alarm.SpoolInUse, Severity: alarm.Critical, Since: at.Add(-2 * time.Minute), Text: "1234 deliveries wait on disk.", Remedy: "See why the database does not take them: usersync check"},
			{Kind: alarm.DeadLetters, Provider: "acme", Severity: alarm.Warning, Since: at.Add(-time.Hour), Text: "3 events could not be applied.", Remedy: "Read them: usersync events list --dead " + hostile[0]},
		},
		Providers: []desk.Provider{acme(), quiet()},
		Messages:  []usersync.MessagesWaiting{{Action: "welcome", Count: 7, Oldest: usersync.MicrosOf(at.Add(-time.Minute))}},
		Trouble:   []string{"how many users wait to be fetched: " + hostile[1]},
	}
}

// acme is a provider whose events come, and not all well.
func acme() desk.Provider {
	return desk.Provider{
		Name: "acme", Type: "custom", Health: desk.Warned, WebhookURL: "https://users.example.com/webhooks/acme",
		Every: 24 * time.Hour, MaxSilence: time.Hour, Verified: at.Add(-12 * time.Second),
		Letters:    usersync.LettersWaiting{Provider: "acme", Count: 3, Due: 1, Recent: 2, Latest: usersync.MicrosOf(at)},
		Hydrations: usersync.HydrationsWaiting{Provider: "acme", Count: usersync.CensusMost, Oldest: usersync.MicrosOf(at.Add(-time.Minute))},
		Runs: []usersync.RunRecord{
			{ID: 12, Provider: "acme", Kind: usersync.RunReconcile, Started: usersync.MicrosOf(at.Add(-time.Minute)), Seen: usersync.MicrosOf(at), Counts: usersync.Counts{Pages: 4, Users: 40_000, Changed: 17}},
			{ID: 9, Provider: "acme", Kind: usersync.RunBackfill, Outcome: usersync.RunComplete, Started: usersync.MicrosOf(at.Add(-50 * time.Hour)), Finished: usersync.MicrosOf(at.Add(-49 * time.Hour)), Counts: usersync.Counts{Users: 1_000_000, Changed: 999_999, Letters: 1}},
		},
		Hour: series(time.Minute, 60, 40), Day: series(15*time.Minute, 96, 600),
		Secrets: []desk.SecretUse{{Fingerprint: "0a1b2c3d", Count: 8123, Last: at.Add(-12 * time.Second)}, {Fingerprint: "ffee0011", Count: 2, Last: at.Add(-30 * time.Hour)}},
	}
}

// quiet is a provider from which nothing ever came.
func quiet() desk.Provider {
	return desk.Provider{
		Name: "quiet_one", Type: "custom", Health: desk.Waiting, WebhookURL: "https://users.example.com/webhooks/quiet_one",
		Unlisted: "its definition says nothing of a list", Hour: series(time.Minute, 60, 0), Day: series(15*time.Minute, 96, 0),
	}
}

// series is a past in which about most events came at a time, in waves.
func series(step time.Duration, n int, most int64) pulse.Series {
	s := pulse.Series{Step: step, Points: make([]pulse.Point, n)}
	for i := range s.Points {
		p := &s.Points[i]
		p.At = at.Truncate(step).Add(step * time.Duration(i+1-n))
		wave := most * int64(i*7%13) / 13
		p.Applied, p.Stale, p.Repeated, p.Ignored = wave, wave/7, wave/9, wave/5
		if i%17 == 3 {
			p.Letters, p.Rejected = wave/8, wave/6
		}
		if wave > 0 {
			p.Lagged, p.Lag, p.LagMost = wave, time.Duration(wave)*time.Duration(40+i)*time.Millisecond, time.Duration(100+i*9)*time.Millisecond
		}
	}
	return s
}
