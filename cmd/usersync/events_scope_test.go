package main

import (
	"strings"
	"testing"
)

// A filter that nothing can pass is not taken for good news.
func TestEventsDoubtTheirFilters(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, databaseURL string) {
		daemon := startDaemon(t, databaseURL, "")
		for _, verb := range []string{"list", "retry"} {
			if code, out, errs := daemon.run("events", verb, "--provider", "nope"); code != exitUsage || !strings.Contains(errs, `"nope" is not configured`) || !strings.Contains(errs, "authara, authon, ") {
				t.Errorf("%s: exit code %d\n%s%s", verb, code, out, errs)
			}
			if code, out, errs := daemon.run("events", verb, "--reason", "refused", "--provider", "authon", "--since", "7d"); code != exitOK || errs != "" {
				t.Errorf("%s without any letter: exit code %d\n%s%s", verb, code, out, errs)
			}
		}
		header, body := authpiBatch(now().Time().AddDate(1, 0, 0), [2]string{"u", "u@example.com"})
		if got := daemon.outcomeOf("authpi", header, body); got != "dead_letter" {
			t.Fatal(got)
		}
		for _, verb := range []string{"list", "retry"} {
			if code, out, errs := daemon.run("events", verb, "--reason", "nope"); code != exitOK || errs != "no dead letter has the reason \"nope\"; there are letters with future_time\n" {
				t.Errorf("%s: exit code %d\n%s%s", verb, code, out, errs)
			}
		}
		if one := daemon.listed("--since", "1d", "--reason", "future_time"); len(one.Letters) != 1 {
			t.Errorf("%+v", one)
		}
		// A letter outlives its provider's configuration.
		runStatements(t, databaseURL, "UPDATE "+map[bool]string{true: "usersync_dead_letters", false: "usersync.dead_letters"}[strings.HasPrefix(databaseURL, "sqlite:")]+" SET provider = 'gone'")
		if one := daemon.listed("--provider", "gone"); len(one.Letters) != 1 {
			t.Errorf("%+v", one)
		}
		for _, words := range [][]string{{"explain", "nope", "u"}, {"erase", "nope", "u", "--yes"}} {
			if code, _, errs := daemon.run(words...); code != exitUsage || !strings.Contains(errs, "choose one of") {
				t.Errorf("%v: exit code %d\n%s", words, code, errs)
			}
		}
	})
}
