package config

import (
	"strings"

	"usersync/internal/secret"
)

// chooseTwins leaves of each secret and its KEY_file in a section the one
// that counts: that of the higher layer. Both in one layer are a fault.
func (l *loader) chooseTwins(section map[string]any, p path, s *shape) {
	for _, twin := range sortedKeys(section) {
		key := s.fileOf(twin)
		if _, both := section[key]; key == "" || !both {
			continue
		}
		here, there := l.origins[p.child(twin)].layer, l.origins[p.child(key)].layer
		if here == there {
			l.fault(p.child(twin), "give either %s or %s, not both", key, twin)
		}
		if here >= there {
			delete(section, key)
		}
		if here <= there {
			delete(section, twin)
		}
	}
}

// fileOf returns the key of the secret whose twin this key is, or "".
func (s *shape) fileOf(key string) string {
	if held, ok := s.keys[key]; ok {
		return held.file
	}
	return ""
}

// readTwin reads the secret, or the list of secrets, from the file that is
// named at p.
func (l *loader) readTwin(name string, p path, held *shape) (any, bool) {
	if problem := l.origins[p].problem; problem != "" {
		l.fault(p, "%s", problem)
		return nil, false
	}
	if name == "" {
		return nil, false
	}
	content, err := l.read(name, maxSecretFile)
	if err != nil {
		l.fault(p, "cannot read the file: %v; check the path and who may read it", err)
		return nil, false
	}
	text := strings.TrimRight(string(content), "\r\n")
	if strings.TrimSpace(text) == "" {
		l.fault(p, "the file is empty: write the secret into it")
		return nil, false
	}
	if held.list == nil {
		return secret.New(text), true
	}
	secrets := []any{}
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			secrets = append(secrets, secret.New(line))
			l.doubtMember(p, len(secrets), line)
		}
	}
	return secrets, true
}
