package main

import (
	"maps"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"usersync/internal/config"
	usersync "usersync/sync"
)

// The gauges of a census. They are of the database, so the same on every replica.
var (
	censusDesc      = gaugeDesc("usersync_census_timestamp_seconds", "When what waits in the database was last counted, in seconds since 1970; 0 if never since the start.")
	lettersDesc     = gaugeDesc("usersync_dead_letters_waiting", "Dead letters in the database, of all replicas; 100000 stands for all that is more.", "provider")
	untriedDesc     = gaugeDesc("usersync_dead_letters_recent", "Dead letters that nobody tries again by themselves and that were delivered within a day, of all replicas; 100000 stands for all that is more.", "provider")
	hydrationsDesc  = gaugeDesc("usersync_hydrations_pending", "Users who wait to be fetched from the provider, of all replicas; 100000 stands for all that is more.", "provider")
	hydrationDue    = gaugeDesc("usersync_hydration_oldest_due_timestamp_seconds", "When the first of the users who wait to be fetched is, or was, due, in seconds since 1970; 0 if none waits.", "provider")
	messagesDesc    = gaugeDesc("usersync_action_messages_waiting", "Messages of an action that wait to be sent, of all replicas and also of actions that left the configuration; 100000 stands for all that is more.", "action")
	messageOldest   = gaugeDesc("usersync_action_message_oldest_timestamp_seconds", "When the first of the messages that wait to be sent was received, in seconds since 1970; 0 if none waits.", "action")
	runUsersDesc    = gaugeDesc("usersync_run_users", "Users that the last run of the kind has read so far.", "provider", "kind")
	runExpectedDesc = gaugeDesc("usersync_run_expected_users", "About how many users the last run of the kind has to read: as many as the last complete list had; 0 if none is known.", "provider", "kind")
	runActiveDesc   = gaugeDesc("usersync_run_active", "1 while a run of the kind goes on, on any replica or from the command line.", "provider", "kind")
	runEndDesc      = gaugeDesc("usersync_run_last_finished_timestamp_seconds", "When a run of the kind last ended in this way, in seconds since 1970. Of what ended before the start of the daemon only the last one is known, and the last one that is complete or held.", "provider", "kind", "outcome")
	driftDesc       = gaugeDesc("usersync_reconcile_drift_users", "Users who differed from the provider's list in the last plan or reconcile that ended, by how.", "provider", "kind")
	everyDesc       = gaugeDesc("usersync_reconcile_every_seconds", "How often the provider is reconciled by the schedule; 0: never.", "provider")
)

func gaugeDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(name, help, labels, nil)
}

// runKinds are the kinds of runs over a provider's list.
var runKinds = []usersync.RunKind{usersync.RunBackfill, usersync.RunPlan, usersync.RunReconcile}

// Describe implements prometheus.Collector.
func (t *censusTaker) Describe(out chan<- *prometheus.Desc) {
	for _, desc := range []*prometheus.Desc{
		censusDesc, lettersDesc, untriedDesc, hydrationsDesc, hydrationDue, messagesDesc, messageOldest,
		runUsersDesc, runExpectedDesc, runActiveDesc, runEndDesc, driftDesc, everyDesc,
	} {
		out <- desc
	}
}

// censusPage makes the gauges of a census.
type censusPage struct {
	out    chan<- prometheus.Metric
	config *config.Config
	census *usersync.Census
	at     time.Time
}

func (p censusPage) gauge(desc *prometheus.Desc, value float64, labels ...string) {
	p.out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value, labels...)
}

// Collect implements prometheus.Collector.
func (t *censusTaker) Collect(out chan<- prometheus.Metric) {
	t.mu.Lock()
	census, taken, ends := t.last, t.taken, maps.Clone(t.ends)
	t.mu.Unlock()
	p := censusPage{out: out, config: t.config.Load(), census: census, at: time.Now()}
	names := providerNames(p.config)
	for _, name := range names {
		every, _ := p.config.ReconcileOf(name)
		p.gauge(everyDesc, every.Seconds(), name)
	}
	if census == nil {
		p.gauge(censusDesc, 0)
		return
	}
	p.gauge(censusDesc, float64(taken.UnixMilli())/1000)
	p.letters(names)
	p.messages()
	for _, name := range names {
		p.hydrations(name)
		p.runs(name)
	}
	for end, at := range ends {
		if _, configured := p.config.Built[end.provider]; configured {
			p.gauge(runEndDesc, seconds(at), end.provider, string(end.kind), string(end.outcome))
		}
	}
}

func seconds(at usersync.Micros) float64 { return float64(at) / 1e6 }

// letters shows those of all providers: one that left the configuration while its requests
// were in the spool has some of its own.
func (p censusPage) letters(names []string) {
	all := make(map[string]usersync.LettersWaiting, len(names))
	for _, name := range names {
		all[name] = usersync.LettersWaiting{}
	}
	for _, l := range p.census.Letters {
		all[l.Provider] = l
	}
	for name, l := range all {
		p.gauge(lettersDesc, float64(l.Count), name)
		p.gauge(untriedDesc, float64(l.Recent), name)
	}
}

// messages shows those of all actions: what waits for one that left the configuration
// waits until it is back.
func (p censusPage) messages() {
	all := make(map[string]usersync.MessagesWaiting, len(p.config.BuiltActions))
	for id := range p.config.BuiltActions {
		all[id] = usersync.MessagesWaiting{}
	}
	for _, m := range p.census.Messages {
		all[m.Action] = m
	}
	for id, m := range all {
		p.gauge(messagesDesc, float64(m.Count), id)
		p.gauge(messageOldest, seconds(m.Oldest), id)
	}
}

func (p censusPage) hydrations(name string) {
	var found usersync.HydrationsWaiting
	for _, h := range p.census.Hydrations {
		if h.Provider == name {
			found = h
		}
	}
	p.gauge(hydrationsDesc, float64(found.Count), name)
	p.gauge(hydrationDue, seconds(found.Oldest), name)
}

// runs shows how far the last runs of a provider are, and what the last comparison found.
func (p censusPage) runs(name string) {
	last := map[usersync.RunKind]usersync.RunRecord{}
	var compared, listed usersync.RunRecord // the newest of those that ended
	for _, r := range p.census.Runs {
		if r.Provider != name {
			continue
		}
		if r.ID >= last[r.Kind].ID {
			last[r.Kind] = r
		}
		if r.Outcome != usersync.RunComplete && r.Outcome != usersync.RunHeld {
			continue
		}
		if r.ID > listed.ID {
			listed = r
		}
		if r.Kind != usersync.RunBackfill && r.ID > compared.ID {
			compared = r
		}
	}
	for _, kind := range runKinds {
		r := last[kind]
		p.gauge(runUsersDesc, float64(r.Counts.Users), name, string(kind))
		p.gauge(runExpectedDesc, float64(listed.Counts.Users), name, string(kind))
		p.gauge(runActiveDesc, p.active(&r), name, string(kind))
	}
	drift := compared.Counts.Drift
	for kind, count := range map[usersync.DriftKind]int64{
		usersync.DriftMissing: drift.Missing, usersync.DriftChanged: drift.Changed,
		usersync.DriftSuspension: drift.Suspension, usersync.DriftGone: drift.Gone,
	} {
		p.gauge(driftDesc, float64(count), name, string(kind))
	}
}

// active is 1 if somebody is about a run.
func (p censusPage) active(r *usersync.RunRecord) float64 {
	if r.ID != 0 && r.Finished == 0 && p.at.Sub(r.Seen.Time()) < runQuiet {
		return 1
	}
	return 0
}
