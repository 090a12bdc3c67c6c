package config

import (
	"time"

	"usersync/internal/action"
	"usersync/internal/secret"
)

// Alarms says when something is so wrong that operators are told, and who is told.
type Alarms struct {
	MaxSilence        time.Duration     `koanf:"max_silence"`        // of providers that have none of their own; 0: for ever
	SignatureFailures int               `koanf:"signature_failures"` // within 10 minutes; 0: never
	DeadLetters       int               `koanf:"dead_letters"`       // of one day; 0: never
	SpoolAfter        time.Duration     `koanf:"spool_after"`        // how long something may wait in the spool
	Repeat            time.Duration     `koanf:"repeat"`             // how often an alarm that stands is told again; 0: once
	Notify            map[string]Notify `koanf:"notify"`             // by a name of one's own; without Options.NeedProviders none
}

// Notify is where operators are told: a signed HTTP POST, as an action is.
type Notify struct {
	URL     secret.Text            `koanf:"url"` // chat services put a secret into it
	Secret  secret.Text            `koanf:"secret"`
	Headers map[string]secret.Text `koanf:"headers"`
	Timeout time.Duration          `koanf:"timeout"` // for one try; 0 is 10 s
}

const (
	alarmsKey path = "alarms"
	notifyKey path = alarmsKey + separator + "notify"
)

// shortestSilence is below what is worth an alarm: replicas tell each other every few
// seconds whom they heard of.
const shortestSilence = time.Minute

func defaultAlarms() Alarms {
	return Alarms{SignatureFailures: 10, DeadLetters: 1, SpoolAfter: time.Minute, Repeat: day}
}

// MaxSilenceOf is how long a provider may be silent; 0: for ever.
func (c *Config) MaxSilenceOf(provider string) time.Duration {
	if own := c.Providers[provider].MaxSilence; own != nil {
		return *own
	}
	return c.Alarms.MaxSilence
}

var notifyName = pattern(`^[a-z][a-z0-9_-]{0,62}$`)

// buildAlarms makes every address that is told of alarms, and reports what stands
// against it.
func (l *loader) buildAlarms(c *Config) {
	l.doubtSilence(alarmsKey, c.Alarms.MaxSilence)
	for _, name := range sortedKeys(c.Providers) {
		if own := c.Providers[name].MaxSilence; own != nil {
			l.doubtSilence(providersKey.child(name), *own)
		}
	}
	c.BuiltNotify = map[string]*action.Action{}
	for _, name := range sortedKeys(c.Alarms.Notify) {
		p, notify := notifyKey.child(name), c.Alarms.Notify[name]
		fine := notifyName().MatchString(name)
		if !fine {
			l.fault(p, "the name of an address is small letters, digits, _ and -, as ops")
			name = "nameless" // so that what else is wrong is told as well
		}
		if built := l.buildNotify(p, name, notify); built != nil && fine {
			c.BuiltNotify[name] = built
		}
	}
}

func (l *loader) doubtSilence(section path, d time.Duration) {
	if d > 0 && d < shortestSilence {
		l.warn("%s is %v: few providers send that often", section.child("max_silence"), d)
	}
}

// buildNotify makes one address: an action that no script can ask for.
func (l *loader) buildNotify(p path, name string, n Notify) *action.Action {
	d := action.Declaration{ID: "alarms." + name, URL: n.URL.Reveal(), Secret: n.Secret.Reveal(), Timeout: n.Timeout, Headers: map[string]string{}}
	for header, value := range n.Headers {
		d.Headers[header] = value.Reveal()
	}
	built, faults := action.New(d)
	l.actionFaults(p, faults)
	if built != nil {
		l.doubtReceiver(p, built)
	}
	return built
}
