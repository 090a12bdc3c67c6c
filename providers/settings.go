package providers

import (
	"time"

	"usersync/internal/secret"
)

// Settings is one provider's part of the configuration.
type Settings struct {
	// Type names the definition, for example "authon".
	Type string `koanf:"type"`
	// Definition is one of the operator's own, instead of a type's.
	Definition *OwnDefinition `koanf:"-"`
	// Secrets and Bearer are the credentials, several while one is rotated.
	// The definition says which of the two it uses, and for what.
	Secrets []secret.Text `koanf:"secrets"`
	Bearer  []secret.Text `koanf:"bearer"`
	// Auth is "" or "none", which accepts requests from anyone.
	Auth string `koanf:"auth"`
	// JWT overrides where the definition's tokens come from.
	JWT JWTSettings `koanf:"jwt"`
	// Site is what the settings of the API say of where the provider is.
	Site Site `koanf:"-"`
	// Tolerance is how old or how far ahead a signed timestamp may be: nil
	// for the definition's own, 0 for no check.
	Tolerance *time.Duration `koanf:"tolerance"`
	// MaxFuture is how far an event may lie ahead of our clock; 0 means 10 m.
	MaxFuture time.Duration `koanf:"max_future"`
	// LegacySignature accepts the definition's older signatures as well.
	LegacySignature bool `koanf:"legacy_signature"`
	// Signature overrides how the definition's signature is written.
	Signature SignatureSettings `koanf:"signature"`
	// Aliases maps the sender's event names to a kind such as user.banned, or
	// to "ignore". A name may end in *. They win over the definition's types.
	Aliases map[string]string `koanf:"aliases"`
	// Paths maps "id" or a column of the users table to gjson paths, read from
	// the root of the event, that are tried instead of the definition's.
	Paths map[string][]string `koanf:"paths"`
	// AllowedActions are the ids of the actions that the script of the
	// definition may call, of those that are enabled at all.
	AllowedActions []string `koanf:"allowed_actions"`
	// Scripting is what a script needs.
	Scripting Scripting `koanf:"-"`
	// OnDelete is "", "keep" or "redact".
	OnDelete string `koanf:"on_delete"`
}

// JWTSettings overrides what a definition makes of the API's address and params.
// Zero values keep that.
type JWTSettings struct {
	JWKSURL  string `koanf:"jwks_url"` // where the provider's public keys are
	Issuer   string `koanf:"issuer"`   // what iss must be
	Audience string `koanf:"audience"` // what aud must be, or have among others
}

// Site is where a provider is: APISettings.URL and Params, for the part of a
// definition that verifies tokens.
type Site struct {
	URL    string
	Params map[string]string
}

// SignatureSettings overrides parts of a definition's hmac block, for senders
// whose documentation leaves them open. Zero values keep the definition's.
type SignatureSettings struct {
	Header   string  `koanf:"header"`
	Encoding string  `koanf:"encoding"` // hex or base64
	Prefix   *string `koanf:"prefix"`   // what stands before the signature; "" for nothing
}

// The default of Settings.MaxFuture.
const defaultMaxFuture = 10 * time.Minute
