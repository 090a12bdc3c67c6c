package config

import "slices"

// check finds what is wrong with values that are right each by itself.
func (l *loader) check(c *Config) {
	l.checkListeners(c)
	l.checkPublicURL(c)
	l.checkLog(c.Log)
	l.checkTLS(c.TLS)
	l.checkDatabase(&c.Database)
	l.checkSpool(c)
	l.checkRetention(c.Retention)
	l.buildActions(c) // before the providers, whose scripts ask for them
	if l.NeedProviders {
		l.buildProviders(c)
	}
	l.buildAlarms(c)
	c.Warnings = l.sortedWarnings()
}

// spooledBody is the largest body that fits a record of the spool.
const spooledBody = 63 << 20

func (l *loader) checkSpool(c *Config) {
	const dir, size, enabled = "spool" + separator + "dir", "spool" + separator + "max_bytes", "spool" + separator + "enabled"
	switch {
	case c.Spool.Dir == "":
		l.fault(dir, "name a directory, or set %s: false", path(enabled))
	case c.Spools() && c.MaxBody > spooledBody:
		l.fault("max_body", "must be at most 63MiB, or the largest request is never spooled; or set %s: false", path(enabled))
	case c.Spool.MaxBytes < 2*c.MaxBody:
		l.faultUnlessBlamed(size, "max_body", "must be at least twice max_body, or the largest request is never spooled")
	}
	if !c.Spool.Enabled && !c.Database.SQLite() {
		l.warn("spool.enabled: false: while the database is away senders get 503, and what they do not send again is lost until the next reconcile")
	}
}

func (l *loader) checkLog(log Log) {
	l.checkChoice(logLevelKey, log.Level, logLevels()...)
	l.checkChoice(logFormatKey, log.Format, append(logFormats(), "")...)
}

const (
	logLevelKey  = "log" + separator + "level"
	logFormatKey = "log" + separator + "format"
)

func logLevels() []string  { return []string{"debug", "info", "warn", "error"} }
func logFormats() []string { return []string{"json", "console"} }

// checkChoice reports a value that is none of the choices.
func (l *loader) checkChoice(p path, value string, choices ...string) {
	if slices.Contains(choices, value) {
		return
	}
	choices = slices.DeleteFunc(choices, func(choice string) bool { return choice == "" })
	if meant := nearest(value, choices); meant != "" {
		l.fault(p, "want %s; did you mean %s?", enumerate(choices), meant)
		return
	}
	l.fault(p, "want %s", enumerate(choices))
}

func (l *loader) checkTLS(tls TLS) {
	const cert, key = "tls" + separator + "cert_file", "tls" + separator + "key_file"
	switch {
	case tls.CertFile != "" && tls.KeyFile == "":
		l.faultUnlessBlamed(cert, key, "give tls.key_file as well: HTTPS needs both")
	case tls.CertFile == "" && tls.KeyFile != "":
		l.faultUnlessBlamed(key, cert, "give tls.cert_file as well: HTTPS needs both")
	case tls.Enabled() && l.NeedProviders:
		l.checkReadable(cert, tls.CertFile)
		l.checkReadable(key, tls.KeyFile)
	}
}

// checkReadable reports a file that is not there or cannot be read. What is
// in it is not looked at.
func (l *loader) checkReadable(p path, name string) {
	if _, err := l.read(name, maxFile); err != nil {
		l.fault(p, "cannot be read: %v; check the path and who may read it", err)
	}
}

// faultUnlessBlamed reports a fault at p that comes from a missing value, if
// no fault already says why that is missing.
func (l *loader) faultUnlessBlamed(p, missing path, format string, arguments ...any) {
	if !l.isBlamed(missing) {
		l.fault(p, format, arguments...)
	}
}
