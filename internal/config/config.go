package config

import (
	"net/netip"
	"strings"
	"time"

	"usersync/internal/action"
	"usersync/internal/secret"
	"usersync/providers"
)

// Config is a configuration without faults. Its keys are the koanf tags; an
// int64 is a number of bytes, written as 1MiB. Every secret.Text has a twin
// KEY_file that names a file with the secret, one secret a line for a list.
type Config struct {
	Listen    string              `koanf:"listen"`     // host:port of the public listener
	PublicURL string              `koanf:"public_url"` // how senders reach Listen, without a / at its end; "" if nobody said
	MaxBody   int64               `koanf:"max_body"`   // bytes of one request
	TLS       TLS                 `koanf:"tls"`
	Log       Log                 `koanf:"log"`
	Admin     Admin               `koanf:"admin"`
	Database  Database            `koanf:"database"`
	Spool     Spool               `koanf:"spool"`
	Retention Retention           `koanf:"retention"`
	Reconcile Reconcile           `koanf:"reconcile"` // for providers that have no section of their own
	Scripts   Scripts             `koanf:"scripts"`
	Alarms    Alarms              `koanf:"alarms"`
	Providers map[string]Provider `koanf:"providers"` // by name; nil without Options.NeedProviders
	Actions   map[string]Action   `koanf:"actions"`   // by id; without Options.NeedProviders none

	// Built holds the provider that each entry of Providers describes.
	Built map[string]*providers.Provider `koanf:"-"`
	// BuiltActions holds what each entry of Actions describes.
	BuiltActions map[string]*action.Action `koanf:"-"`
	// BuiltNotify holds what each entry of Alarms.Notify describes.
	BuiltNotify map[string]*action.Action `koanf:"-"`
	// Warnings are for the log: legal, but perhaps not what was meant.
	Warnings []string `koanf:"-"`
}

// TLS makes the public listener serve HTTPS: both paths, or neither.
type TLS struct {
	CertFile string `koanf:"cert_file"`
	KeyFile  string `koanf:"key_file"`
}

// Enabled reports whether the listener serves HTTPS.
func (t TLS) Enabled() bool { return t.CertFile != "" }

// Log says what is logged and how.
type Log struct {
	Level  string `koanf:"level"`  // debug, info, warn or error
	Format string `koanf:"format"` // json, console, or "": console on a terminal, else json
}

// Admin is the listener of the operators.
type Admin struct {
	Listen string      `koanf:"listen"`
	Token  secret.Text `koanf:"token"` // never empty unless Listen is loopback
}

// Database is where users are kept.
type Database struct {
	URL            secret.Text   `koanf:"url"`         // sqlite:FILE or postgres://…, with a password in it
	UsersTable     string        `koanf:"users_table"` // [schema.]table
	Migrate        bool          `koanf:"migrate"`     // serve applies pending migrations
	AckDeadline    time.Duration `koanf:"ack_deadline"`
	MaxConnections int           `koanf:"max_connections"` // 0: a number that suits the database
}

// SQLite reports whether the database is SQLite; otherwise it is Postgres.
func (d Database) SQLite() bool { return strings.HasPrefix(d.URL.Reveal(), sqlitePrefix) }

// Spool is where deliveries wait while Postgres is away. With SQLite it is
// not used: see Config.Spools.
type Spool struct {
	Enabled  bool   `koanf:"enabled"`
	Dir      string `koanf:"dir"` // of one usersync alone
	MaxBytes int64  `koanf:"max_bytes"`
}

// Spools reports whether deliveries are spooled. SQLite has no second disk to
// save them on.
func (c *Config) Spools() bool { return c.Spool.Enabled && !c.Database.SQLite() }

// Provider is one sender of webhooks.
type Provider struct {
	providers.Settings `koanf:",squash"`

	Definition Definition `koanf:"definition"` // instead of a type's

	AllowIPs  []netip.Prefix `koanf:"allow_ips"` // empty: from anywhere
	API       API            `koanf:"api"`
	List      List           `koanf:"list"`
	Reconcile Reconcile      `koanf:"reconcile"` // what is left out is that of Config.Reconcile

	MaxSilence *time.Duration `koanf:"max_silence"` // nil: that of Alarms; see Config.MaxSilenceOf

	// CredentialFiles are what secrets_file and bearer_file name, by secrets and
	// bearer; they are there with Options.WithoutCredentials.
	CredentialFiles map[string]string `koanf:"-"`
}

// API is how the provider is asked for its users. Zero values take the default
// of the provider's definition.
type API struct {
	URL       string            `koanf:"url"` // without a password
	Key       secret.Text       `koanf:"key"`
	Variant   string            `koanf:"variant"`    // another API of the same provider
	Params    map[string]string `koanf:"params"`     // parts of its paths, such as an account
	PageSize  int               `koanf:"page_size"`  // users a page
	RateLimit int               `koanf:"rate_limit"` // requests a second
	Timeout   time.Duration     `koanf:"timeout"`    // for one request
}

// List is how far a provider's list may be trusted.
type List struct {
	Lag time.Duration `koanf:"lag"` // how long a change may take to show in it; 0 is 60 s
}

// defaults are the values of the keys that nobody gives.
func defaults() *Config {
	return &Config{
		Listen:   "127.0.0.1:8080",
		MaxBody:  1 << 20,
		Log:      Log{Level: "info"},
		Admin:    Admin{Listen: "127.0.0.1:8081"},
		Database: Database{URL: secret.New(sqlitePrefix + "usersync.db"), UsersTable: "users"},
		Spool:    Spool{Enabled: true, Dir: "usersync-spool", MaxBytes: 1 << 30},

		Retention: defaultRetention(),
		Reconcile: Reconcile{MaxDeletes: defaultDeletes},
		Scripts:   Scripts{TimeLimit: longestRun},
		Alarms:    defaultAlarms(),
	}
}
