package config

import "path/filepath"

// isCredential reports whether the key of a section is one of the two that
// hold what proves a provider's deliveries, or its file twin.
func isCredential(section path, key string) bool {
	if section.parent() != providersKey {
		return false
	}
	switch key {
	case "secrets", "bearer", "secrets_file", "bearer_file":
		return true
	}
	return false
}

// keepFile remembers where the file of a credential stands, so that a new one
// can be put there.
func (l *loader) keepFile(section path, secretKey string, name any) {
	file, ok := name.(string)
	if !ok || file == "" || l.origins[section.child(secretKey+"_file")].problem != "" {
		return
	}
	if !filepath.IsAbs(file) {
		file = filepath.Join(l.Dir, file)
	}
	if l.credentialFiles[section] == nil {
		l.credentialFiles[section] = map[string]string{}
	}
	l.credentialFiles[section][secretKey] = file
}
