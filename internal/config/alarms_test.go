package config_test

import (
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
)

const someAlarms = `alarms:
  max_silence: 2d
  notify:
    ops: {url: "https://chat.example.com/services/${CHAT_PATH}", secret: "${ALARM_SECRET}", headers: {Authorization: Bearer sentinel-token}, timeout: 3s}
    pager: {url: "http://localhost:9/x", secret: whsec_c2VjcmV0LXRoYXQtaXMtdGhpcnR5LXR3by1ieXRlcw==}
providers:
  loud: {type: authon, secrets: [whsec_sentinel_1], max_silence: 1h}
  shy: {type: authon, secrets: [whsec_sentinel_1], max_silence: 0}
  other: {type: authon, secrets: [whsec_sentinel_1]}
`

func TestAlarms(t *testing.T) {
	t.Parallel()
	environ := []string{"CHAT_PATH=sentinel-path", "ALARM_SECRET=sentinel-secret-0123"}
	c := mustLoad(t, someAlarms, config.Options{Environ: environ})
	ops := c.BuiltNotify["ops"]
	if ops == nil || len(c.BuiltNotify) != 2 || len(c.Warnings) != 0 {
		t.Fatalf("%v, %q", c.BuiltNotify, c.Warnings)
	}
	if ops.Host() != "chat.example.com" || ops.Timeout != 3*time.Second || ops.Headers["Authorization"] != "Bearer sentinel-token" {
		t.Errorf("%+v", ops.Declaration)
	}
	if a := c.Alarms; a.SignatureFailures != 10 || a.DeadLetters != 1 || a.SpoolAfter != time.Minute || a.Repeat != 24*time.Hour {
		t.Errorf("%+v", a)
	}
	for name, want := range map[string]time.Duration{"loud": time.Hour, "shy": 0, "other": 48 * time.Hour} {
		if got := c.MaxSilenceOf(name); got != want {
			t.Errorf("%s may be silent for %v, want %v", name, got, want)
		}
	}
	shown := c.String()
	if !strings.Contains(shown, "Authorization: <secret>") || !strings.Contains(shown, "max_silence: 1h0m0s") || strings.Contains(shown, "sentinel") {
		t.Error(shown)
	}
}

// Commands that tell nobody run without what notifications need.
func TestAlarmsAreLeftAloneWhereNobodyIsTold(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]config.Options{"no providers": {}, "no credentials": {NeedProviders: true, WithoutCredentials: true}} {
		options.File, options.Dir = "usersync.yaml", t.TempDir()
		write(t, options.Dir, options.File, someAlarms)
		if c, err := config.Load(options); err != nil || len(c.BuiltNotify) != 0 || c.Alarms.MaxSilence != 48*time.Hour {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAlarmWarnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "alarms: {max_silence: 10ms, notify: {a: {url: 'http://app:3000/hooks', secret: short}}}\nproviders: {authon: {type: authon, secrets: [whsec_sentinel_1], max_silence: 59s}}\n", config.Options{})
	want := "alarms.max_silence is 10ms: few providers send that often|alarms.notify.a.secret is only 5 bytes long: is it the real one?|" +
		"alarms.notify.a.url is http: what is sent travels in clear, and only the signature protects it|providers.authon.max_silence is 59s: few providers send that often"
	if got := strings.Join(c.Warnings, "|"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

// The environment names an address as it names everything else.
func TestAnAddressFromTheEnvironment(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, oneProvider, config.Options{Environ: []string{
		"USERSYNC_ALARMS__NOTIFY__OPS__URL=https://x.example.com", "USERSYNC_ALARMS__NOTIFY__OPS__SECRET=0123456789abcdef", "USERSYNC_PROVIDERS__AUTHON__MAX_SILENCE=6h",
	}})
	if c.BuiltNotify["ops"] == nil || c.MaxSilenceOf("authon") != 6*time.Hour {
		t.Errorf("%v, %v", c.BuiltNotify, c.MaxSilenceOf("authon"))
	}
}
