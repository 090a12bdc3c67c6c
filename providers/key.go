package providers

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"usersync/internal/secret"
)

// key is one credential, ready for use.
type key struct {
	secret      secret.Text
	macs        *macs       // to sign with it
	sum         secret.Text // its SHA-256, for comparisons that must not show the length
	fingerprint string
}

// keys prepares the credentials of one key of the settings. A line break at
// the end comes from a file or an echo, and is dropped.
func keys(setting string, secrets []secret.Text) (prepared []key, faults []error) {
	for i, s := range secrets {
		value := strings.TrimRight(s.Reveal(), "\r\n")
		if strings.TrimSpace(value) == "" {
			faults = append(faults, fmt.Errorf("%s: number %d is empty; set it, or remove the entry", setting, i+1))
			continue
		}
		held, sum := secret.New(value), sha256.Sum256([]byte(value))
		prepared = append(prepared, key{held, newMACs([]byte(value)), secret.New(string(sum[:])), held.Fingerprint()})
	}
	return prepared, faults
}
