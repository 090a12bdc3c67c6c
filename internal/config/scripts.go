package config

import (
	"path/filepath"
	"strconv"
	"time"

	"usersync/providers"
)

// Scripts is what holds for the scripts of all definitions.
type Scripts struct {
	EnabledActions []string      `koanf:"enabled_actions"` // that any of them may call
	TimeLimit      time.Duration `koanf:"time_limit"`      // of one run
}

const (
	scriptsKey path = "scripts"
	longestRun      = 5 * time.Second
	maxScript       = 256 << 10 // bytes of a file
)

// scripting checks the section and makes what scripts need.
func (l *loader) scripting(c *Config) providers.Scripting {
	s := providers.Scripting{Runner: l.Scripts, Read: l.readScript, Limit: c.Scripts.TimeLimit, Enabled: c.Scripts.EnabledActions, Actions: callable(c)}
	if s.Limit > longestRun || s.Limit < time.Millisecond {
		l.fault(scriptsKey.child("time_limit"), "want 1ms to %s: senders give up waiting", longestRun)
	}
	for i, id := range s.Enabled {
		if wrong := s.CheckEnabled(id); wrong != "" {
			l.fault(scriptsKey.child("enabled_actions").child(strconv.Itoa(i)), "%s", wrong)
		}
	}
	return s
}

// readScript reads a file that a definition names, relative to the definition's own.
func (l *loader) readScript(definition, name string) ([]byte, error) {
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(definition), name)
	}
	return l.read(name, maxScript)
}
