package providers

import (
	"crypto/sha256"
	"fmt"
	"strings"

	"usersync/internal/secret"
)

// key is one credential, ready for use.
type key struct {
	secret      string
	sum         [sha256.Size]byte // for comparisons that must not show the length
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
		prepared = append(prepared, key{value, sha256.Sum256([]byte(value)), secret.New(value).Fingerprint()})
	}
	return prepared, faults
}
