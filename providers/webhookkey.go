package providers

import (
	"crypto/ed25519"
	"errors"
	"strings"

	"usersync/internal/secret"
)

// The errors of webhookKeys. They follow "secrets: number 1".
var (
	errNoWebhookKey   = errors.New("is no key of Standard Webhooks: expected whsec_ and base64, or the public key whpk_ and base64, as the provider shows it")
	errPrivateWebhook = errors.New("is the sender's private key, which nobody else should have: set the public one, whpk_…")
)

// webhookKeys reads a credential of Standard Webhooks: whsec_ and the key in
// base64, the base64 alone, or whpk_ and an Ed25519 public key. A version may
// stand before it (v1,whsec_…), and several keys may be joined by |.
func webhookKeys(written string) (all []key, err error) {
	for one := range strings.SplitSeq(written, "|") {
		k, err := webhookKey(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	return all, nil
}

// webhookKey reads one of them.
func webhookKey(one string) (key, error) {
	bare := one
	for _, version := range []string{"v1,", "v1a,"} {
		bare = strings.TrimPrefix(bare, version)
	}
	if strings.HasPrefix(bare, "whsk_") {
		return key{}, errPrivateWebhook
	}
	encoded, public := strings.CutPrefix(bare, "whpk_")
	if !public {
		encoded = strings.TrimPrefix(bare, "whsec_")
	}
	bytes, err := decodeBase64(encoded)
	switch {
	case err != nil || len(bytes) == 0 || public && len(bytes) != ed25519.PublicKeySize:
		return key{}, errNoWebhookKey
	case public:
		held := secret.New(one)
		return key{secret: held, public: bytes, fingerprint: held.Fingerprint()}, nil
	default:
		return newKey(one, bytes), nil
	}
}
