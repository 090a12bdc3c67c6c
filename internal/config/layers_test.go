package config_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
	"usersync/internal/secret"
)

func TestDefaults(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, oneProvider, config.Options{})
	if c.Listen != "127.0.0.1:8080" || c.MaxBody != 1<<20 || c.Admin.Listen != "127.0.0.1:8081" || c.Log.Level != "info" {
		t.Errorf("%+v", c)
	}
	if d := c.Database; d.URL.Reveal() != "sqlite:usersync.db" || !d.SQLite() || !d.Migrate || d.AckDeadline != 10*time.Second || d.UsersTable != "users" {
		t.Errorf("%+v", d)
	}
	if c.Spool != (config.Spool{Enabled: true, Dir: "usersync-spool", MaxBytes: 1 << 30}) || c.TLS.Enabled() {
		t.Errorf("%+v, %+v", c.Spool, c.TLS)
	}
	if p := c.Built["authon"]; p == nil || p.Type() != "authon" || p.Name() != "authon" {
		t.Errorf("built %+v", c.Built)
	}
}

func TestPostgresHasDefaultsOfItsOwn(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"postgres://db/app", "postgresql://u:p%40ss@a,b:5432/app?sslmode=require"} {
		d := mustLoad(t, "database: {url: '"+url+"'}\n"+oneProvider, config.Options{}).Database
		if d.SQLite() || d.Migrate || d.AckDeadline != 1500*time.Millisecond {
			t.Errorf("%+v", d)
		}
	}
	d := mustLoad(t, "database: {url: 'postgres://db/app', migrate: true, ack_deadline: 2s, users_table: app.people}\n"+oneProvider, config.Options{}).Database
	if !d.Migrate || d.AckDeadline != 2*time.Second || d.UsersTable != "app.people" {
		t.Errorf("%+v", d)
	}
}

func TestFlagsBeatEnvironmentBeatsFile(t *testing.T) {
	t.Parallel()
	const file = `
listen: 127.0.0.1:1
max_body: 1KiB
log: {level: debug, format: json}
admin: {token: "${UNSET_BUT_REPLACED}"}
providers:
  authon:
    type: authon
    secrets: [from_file_1, "${ALSO_UNSET}"]
    tolerance: 1m
`
	c := mustLoad(t, file, config.Options{
		Environ: []string{
			"USERSYNC_LISTEN=127.0.0.1:2",
			"USERSYNC_MAX_BODY=2KiB",
			"USERSYNC_LOG__LEVEL=", // as if it were not there
			"USERSYNC_ADMIN__TOKEN=from the environment",
			"USERSYNC_PROVIDERS__AUTHON__SECRETS=from_env_1, from_env_2,",
			"USERSYNC_PROVIDERS__AUTHON__SIGNATURE__PREFIX=v2=",
			"USERSYNC_PROVIDERS__MY_APP__TYPE=node_auth",
			"USERSYNC_PROVIDERS__MY_APP__SECRETS=from_env_3",
			"USERSYNC_PROVIDERS__MY_APP__ALLOW_IPS=192.0.2.1,10.0.0.0/8",
			"USERSYNC_PROVIDERS__MY_APP__LEGACY_SIGNATURE=false",
			"no pair",
		},
		Flags: map[string]string{
			"listen":                     "127.0.0.1:3",
			"providers.authon.secrets":   "from_flag_1",
			"providers.authon.tolerance": "0",
		},
	})
	if c.Listen != "127.0.0.1:3" || c.MaxBody != 2048 || c.Log.Level != "debug" || c.Admin.Token.Reveal() != "from the environment" {
		t.Errorf("%s", c)
	}
	authon, mine := c.Providers["authon"], c.Providers["my_app"]
	if got := reveal(authon.Secrets); got != "from_flag_1" || *authon.Tolerance != 0 || *authon.Signature.Prefix != "v2=" {
		t.Errorf("authon: %q, %+v", got, authon)
	}
	want := []netip.Prefix{netip.MustParsePrefix("192.0.2.1/32"), netip.MustParsePrefix("10.0.0.0/8")}
	if reveal(mine.Secrets) != "from_env_3" || !reflect.DeepEqual(mine.AllowIPs, want) {
		t.Errorf("my_app: %+v", mine)
	}
}

func reveal(secrets []secret.Text) string {
	var texts []string
	for _, s := range secrets {
		texts = append(texts, s.Reveal())
	}
	return strings.Join(texts, "|")
}

func TestFlagFaultsNameTheFlag(t *testing.T) {
	t.Parallel()
	_, err := load(t, oneProvider, config.Options{Flags: map[string]string{"listne": "x", "listen": "x", "log": "x"}})
	want := "flag listen: want HOST:PORT such as 127.0.0.1:8080, or :8080 for all interfaces\n" +
		"flag listne: sets no known key; did you mean listen?\n" +
		"flag log: this is a section: set one of its keys"
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func TestWhichFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "other.yaml", "listen: 127.0.0.1:7\n")
	for name, options := range map[string]config.Options{
		"named":                {File: "other.yaml", Environ: []string{"USERSYNC_CONFIG=missing.yaml"}},
		"in the environment":   {Environ: []string{"USERSYNC_CONFIG=other.yaml"}},
		"by its absolute path": {File: dir + "/other.yaml"},
	} {
		options.Dir = dir
		c, err := config.Load(options)
		if err != nil || c.Listen != "127.0.0.1:7" || c.Providers != nil || c.Built != nil {
			t.Errorf("%s: %v, %v", name, c, err)
		}
	}
	if _, err := config.Load(config.Options{Dir: dir}); err != nil {
		t.Errorf("no file: %v", err)
	}
	_, err := config.Load(config.Options{Dir: dir, NeedProviders: true})
	if err == nil || err.Error() != "no ./usersync.yaml here: run `cp config.example.yaml usersync.yaml`, or name a file with --config or USERSYNC_CONFIG" {
		t.Errorf("no file: %v", err)
	}
	providers := []string{"USERSYNC_PROVIDERS__AUTHON__TYPE=authon", "USERSYNC_PROVIDERS__AUTHON__SECRETS=whsec_sentinel_1"}
	if _, err = config.Load(config.Options{Dir: dir, NeedProviders: true, Environ: providers}); err != nil {
		t.Errorf("providers of the environment, no file: %v", err)
	}
	_, err = config.Load(config.Options{Dir: dir, File: "missing.yaml"})
	if err == nil || !strings.HasPrefix(err.Error(), "missing.yaml: cannot read the configuration: no such file") {
		t.Errorf("missing file: %v", err)
	}
	write(t, dir, "huge.yaml", strings.Repeat("# comment\n", 1<<17))
	_, err = config.Load(config.Options{Dir: dir, File: "huge.yaml"})
	if err == nil || !strings.Contains(err.Error(), "longer than 1MiB") {
		t.Errorf("huge file: %v", err)
	}
}

// An empty list is the only way to write that deliveries come from anywhere.
func TestAllowIPsFromAnywhere(t *testing.T) {
	t.Parallel()
	for _, allow := range []string{"", ", allow_ips: []"} {
		c := mustLoad(t, "providers: {authon: {type: authon, secrets: [whsec_sentinel_1, '${NEW:-}', ~]"+allow+"}}", config.Options{})
		p := c.Providers["authon"]
		if len(p.AllowIPs) != 0 || reveal(p.Secrets) != "whsec_sentinel_1" || len(c.Warnings) != 0 {
			t.Errorf("%q: %+v, %q", allow, p, c.Warnings)
		}
	}
	for _, variable := range []string{"USERSYNC_PROVIDERS__AUTHON__ALLOW_IPS=", "USERSYNC_PROVIDERS__AUTHON__ALLOW_IPS=192.0.2.2,"} {
		c := mustLoad(t, "providers: {authon: {type: authon, secrets: [whsec_sentinel_1], allow_ips: [192.0.2.1]}}", config.Options{Environ: []string{variable}})
		if len(c.Providers["authon"].AllowIPs) != 1 {
			t.Errorf("%s: %v", variable, c.Providers["authon"].AllowIPs)
		}
	}
}

// The longest deadline is that of SQLite.
func TestTheLongestDeadline(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "database: {ack_deadline: 10s}\n"+oneProvider, config.Options{})
	if c.Database.AckDeadline != 10*time.Second {
		t.Error(c.Database.AckDeadline)
	}
}

// migrate must run where the providers' secrets and the certificate are not.
func TestProvidersAreNotLookedAtUnlessNeeded(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, dir, "usersync.yaml", "providers:\n  authon: {type: authon, secrets: ['${UNSET}'], tolerance: x}\n  x: {typo: y}\ntls: {cert_file: missing, key_file: missing}\n")
	_, err := config.Load(config.Options{Dir: dir})
	if got := faultsOf(t, err); len(got) != 1 || got[0] != "usersync.yaml:3: providers.x.typo: unknown key; did you mean type?" {
		t.Errorf("%q", got)
	}
}
