package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWordsAndExitCodes(t *testing.T) {
	t.Parallel()
	file := writeConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "x.db"), "")
	bad := filepath.Join(t.TempDir(), "bad.yaml")
	if err := os.WriteFile(bad, []byte("listen: nowhere\nlisten_on: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	provider := " --config " + os.DevNull + " --set providers.authon.type=authon --set providers.authon.secrets=0123456789abcdef"
	for _, c := range []struct {
		words string
		code  int
		says  string
	}{
		{"", exitOK, "Available Commands"},
		{"version", exitOK, "usersync dev"},
		{"version --json", exitOK, `"version":"dev"`},
		{"--version", exitOK, "usersync dev"},
		{"--version --json", exitOK, `"version":"dev"`},
		{"help", exitOK, "Available Commands"},
		{"help migrate up", exitOK, "usersync migrate up [flags]"},
		{"help frobnicate", exitUsage, "unknown command \"frobnicate\"\nSee `usersync --help`"},
		{"help srve", exitUsage, "did you mean serve?"},
		{"serve --help", exitOK, "USERSYNC_CONFIG"},
		{"send --help", exitOK, "carries USER@example.com unless"},
		{"frobnicate", exitUsage, "unknown command \"frobnicate\"\nSee `usersync --help`"},
		{"srve", exitUsage, "unknown command \"srve\": did you mean serve?"},
		{"migrate upp", exitUsage, "did you mean up?\nSee `usersync migrate --help`"},
		{"serve now", exitUsage, "serve takes no arguments, and there is \"now\"\nSee `usersync serve --help`"},
		{"send authon user.created usr_1", exitUsage, "say PROVIDER and EVENT and nothing more: there is also \"usr_1\""},
		{"version --set listen", exitUsage, "--set: want KEY=VALUE"},
		{"version --set =x", exitUsage, "--set: want KEY=VALUE"},
		{"check --set lissen=x --config " + file, exitConfig, "did you mean listen?"},
		{"send authon user.created --url nowhere" + provider, exitUsage, "--url: want http://"},
		{"send authon user.created --set listen=127.0.0.1:1" + provider, exitFailed, "127.0.0.1:1/webhooks/authon"},
		{"serve --frobnicate", exitUsage, "--frobnicate"},
		{"migrate", exitUsage, "up, status or print"},
		{"migrate sideways", exitUsage, "unknown command \"sideways\""},
		{"send authon", exitUsage, "send: say PROVIDER and EVENT\nSee `usersync send --help`"},
		{"send authon user.created --count x", exitUsage, "invalid argument \"x\" for \"--count\" flag\nSee `usersync send --help`"},
		{"send nobody user.created --config " + file, exitUsage, "nobody"},
		{"send authon user.exploded --config " + file, exitUsage, "user.created"},
		{"send authon user.created --count 0 --config " + file, exitUsage, "--count"},
		{"send authon user.created --url http://127.0.0.1:1/ --config " + file, exitFailed, "is `usersync serve` running"},
		{"serve --config " + bad, exitConfig, "bad.yaml:2"},
		{"check --config /no/such/file.yaml", exitConfig, "/no/such/file.yaml"},
		{"health --config " + bad, exitConfig, "bad.yaml"},
	} {
		t.Run(c.words, func(t *testing.T) {
			t.Parallel()
			code, out, errs := runProgram(t, strings.Fields(c.words)...)
			if code != c.code || !strings.Contains(out+errs, c.says) {
				t.Errorf("exit code %d, want %d and %q\n%s%s", code, c.code, c.says, out, errs)
			}
			if code != exitOK && out != "" {
				t.Errorf("an error on stdout: %s", out)
			}
		})
	}
}
