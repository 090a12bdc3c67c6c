package config_test

import (
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
)

const anAction = `actions:
  notify.chat:
    label: Tell the team
    depends_on: [user.ban, audit]
    url: https://chat.example.com/services/${CHAT_PATH}
    secret: ${ACTION_SECRET}
    headers: {Authorization: "Bearer ${ACTION_TOKEN:-none}"}
    timeout: 3s
    body:
      text: "{user.name} in ${REGION:-EU}, for $${n}"
      z: {n: 1.50, big: 12345678901234567890, yes: true, none: null, date: 2026-01-31, quoted: "12"}
      a: ["{user}", {}]
  audit: {url: "http://localhost:9/x", secret: 0123456789abcdef}
`

func TestActions(t *testing.T) {
	t.Parallel()
	environ := []string{"CHAT_PATH=sentinel-path", "ACTION_SECRET=sentinel-secret-0123"}
	c := mustLoad(t, anAction+oneProvider, config.Options{Environ: environ})
	a := c.BuiltActions["notify.chat"]
	if a == nil || len(c.BuiltActions) != 2 || len(c.Warnings) != 0 {
		t.Fatalf("%v, %q", c.BuiltActions, c.Warnings)
	}
	if a.ID != "notify.chat" || a.Label != "Tell the team" || strings.Join(a.DependsOn, " ") != "user.ban audit" || a.Host() != "chat.example.com" || a.Timeout != 3*time.Second || a.Headers["Authorization"] != "Bearer none" {
		t.Errorf("%+v", a.Declaration)
	}
	_, err := a.Render([]byte(`{"user":{"name":"Ann"}}`))
	want := `{"text":"Ann in EU, for $` + `{n}","z":{"n":1.50,"big":12345678901234567890,"yes":true,"none":null,"date":"2026-01-31","quoted":"12"},"a":[{"name":"Ann"},{}]}`
	if err == nil || err.Error() != "action notify.chat: the argument has no n" {
		t.Errorf("$${ is a literal ${, in which {n} is a placeholder: %v", err)
	}
	body, err := a.Render([]byte(`{"user":{"name":"Ann"},"n":"{n}"}`))
	if err != nil || string(body) != want {
		t.Errorf("got %s, %v\nwant %s", body, err, want)
	}
	shown := c.String()
	for _, part := range []string{"url: <secret>", "secret: <secret>", "Authorization: <secret>", `"{user.name} in EU, for $`, "timeout: 3s"} {
		if !strings.Contains(shown, part) {
			t.Errorf("%s is not shown:\n%s", part, shown)
		}
	}
	if strings.Contains(shown, "sentinel") {
		t.Errorf("a secret is shown:\n%s", shown)
	}
}

// Commands that verify nothing run without the secrets of actions.
func TestActionsAreLeftAloneWhereNothingIsVerified(t *testing.T) {
	t.Parallel()
	for name, options := range map[string]config.Options{"no providers": {}, "no credentials": {NeedProviders: true, WithoutCredentials: true}} {
		options.File, options.Dir = "usersync.yaml", t.TempDir()
		write(t, options.Dir, options.File, anAction+"scripts: {enabled_actions: [notify.chat, audit, user.ban]}\n"+oneProvider)
		if c, err := config.Load(options); err != nil || len(c.BuiltActions) != 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is enabled must be there, with all that it depends on.
func TestEnabledActions(t *testing.T) {
	t.Parallel()
	environ := []string{"CHAT_PATH=x", "ACTION_SECRET=sentinel-secret-0123"}
	for enabled, want := range map[string]string{
		"notify.chat, audit, user.ban": "",
		"notify.chat, user.ban":        "scripts.enabled_actions.0: it depends on audit, which is not enabled: enable that too, or remove this",
		"notify.chta":                  "scripts.enabled_actions.0: there is no such action (did you mean notify.chat?); the actions are audit, notify.chat, user.ban, user.delete, user.unban, user.upsert",
	} {
		_, err := load(t, anAction+"scripts: {enabled_actions: ["+enabled+"]}\n"+oneProvider, config.Options{Environ: environ})
		if want == "" && err == nil {
			continue
		}
		if err == nil || want == "" || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", enabled, err, want)
		}
	}
}

func TestActionWarnings(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, "actions:\n  a: {url: 'http://app:3000/hooks', secret: short}\n"+oneProvider, config.Options{})
	want := "actions.a.secret is only 5 bytes long: is it the real one?|actions.a.url is http: what is sent travels in clear, and only the signature protects it"
	if got := strings.Join(c.Warnings, "|"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}
