package alarm

import (
	"fmt"
	"strings"
	"time"

	usersync "usersync/sync"
)

// letters judges the dead letters of a provider.
func (j *judgement) letters(name string) {
	var found usersync.LettersWaiting
	if j.seen.Census != nil {
		for _, l := range j.seen.Census.Letters {
			if l.Provider == name {
				found = l
			}
		}
	}
	j.settleLetters(name, found.Recent, found.Latest,
		fmt.Sprintf("%s delivered within a day and could not be applied; nobody tries again by themselves", counted(found.Recent, "event was", "events were")),
		fmt.Sprintf("`usersync events list --provider %[1]s` names the reasons, and so does the page of dead letters; when the cause is gone, `usersync events retry --provider %[1]s` applies them", name))
}

// lettersOfOthers judges those of providers that left the configuration, together.
func (j *judgement) lettersOfOthers() {
	var count int64
	var latest usersync.Micros
	var names []string
	if j.seen.Census != nil {
		for _, l := range j.seen.Census.Letters {
			if _, configured := j.rules.MaxSilence[l.Provider]; !configured && l.Recent > 0 {
				count += l.Recent
				latest = max(latest, l.Latest)
				names = append(names, l.Provider)
			}
		}
	}
	named := strings.Join(names, ", ")
	j.settleLetters("", count, latest,
		fmt.Sprintf("%s delivered within a day for providers that are configured no more, and could not be applied: %s", counted(count, "event was", "events were"), named),
		fmt.Sprintf("configure them again (%s) and run `usersync events retry`, or leave them: they are pruned after retention.dead_letters", named))
}

func (j *judgement) settleLetters(name string, count int64, latest usersync.Micros, text, remedy string) {
	most := int64(j.rules.DeadLetters)
	j.settle(verdict{
		off: most == 0, raised: count >= most, over: j.seen.Census != nil && count < most,
		alarm: Alarm{Kind: DeadLetters, Provider: name, Severity: Warning, Since: latest.Time(), Text: text, Remedy: remedy},
	})
}

// nearlyFull is the share of the spool above which it is critical.
const nearlyFull = 0.8

func (j *judgement) spool() {
	s := j.seen.Spool
	if s == nil {
		return
	}
	v := verdict{alarm: Alarm{Kind: SpoolInUse}}
	after, waited := j.rules.SpoolAfter, time.Duration(0)
	if s.Records > 0 {
		waited = j.seen.At.Sub(s.Oldest)
	}
	full := s.MaxBytes > 0 && float64(s.Bytes) > nearlyFull*float64(s.MaxBytes)
	v.raised = s.Unreadable > 0 || s.Records > 0 && (waited > after || full)
	v.over = s.Unreadable == 0 && waited <= after/2 && (s.Records == 0 || !full)
	v.alarm.Severity = severity(s.Unreadable > 0 || full)
	v.alarm.Since = j.seen.At
	if s.Records > 0 && waited > after {
		v.alarm.Since = s.Oldest.Add(after)
	}
	v.alarm.Text = fmt.Sprintf("%s in the spool, the oldest for %s; it is %d %% full", counted(s.Records, "delivery waits", "deliveries wait"), span(waited), fill(s))
	v.alarm.Remedy = "`usersync spool status` shows what waits; a row that the app holds locked may keep one waiting, and the log says so"
	if !j.seen.Away.IsZero() {
		v.alarm.Text += fmt.Sprintf("; the database has not taken deliveries for %s", span(j.seen.At.Sub(j.seen.Away)))
		v.alarm.Remedy = "bring the database back (`usersync check` says what is wrong with it): what waits is then applied by itself"
	}
	if s.Unreadable > 0 {
		v.alarm.Text = counted(s.Unreadable, "file", "files") + " of the spool cannot be read; " + v.alarm.Text
		v.alarm.Remedy = "give the daemon the right to read the files of spool.dir, or mend the disk: `usersync spool status` names them; " + v.alarm.Remedy
	}
	j.settle(v)
}

// counted is so many of what is named.
func counted[N int | int64](n N, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprint(n, " ", more)
}

func fill(s *Spool) int64 {
	if s.MaxBytes <= 0 {
		return 0
	}
	return s.Bytes * 100 / s.MaxBytes
}
