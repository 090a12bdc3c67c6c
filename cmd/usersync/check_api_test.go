package main

import (
	"os"
	"strings"
	"testing"

	"usersync/internal/fakeprovider"
)

// check asks the provider's API, and says what is wrong with key or address.
func TestCheckAsksTheAPI(t *testing.T) {
	t.Parallel()
	for _, kind := range fakeprovider.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			site := newBackfillSite(t, kind, databaseURLs["sqlite"](t), 50)
			code, out, errs := runProgram(t, "check", "--config", site.config)
			if code != exitOK || !strings.Contains(out, kind+" lists its users") {
				t.Errorf("exit code %d\n%s%s", code, out, errs)
			}
			if users := site.api.Counts().Users; users > 2 {
				t.Errorf("%d users were read to look at one", users)
			}
			text, err := os.ReadFile(site.config)
			if err != nil {
				t.Fatal(err)
			}
			broken := strings.Replace(string(text), "key: '"+site.api.Key()+"'", "key: 'wrong:key'", 1)
			if err := os.WriteFile(site.config, []byte(broken), 0o600); err != nil {
				t.Fatal(err)
			}
			if code, out, _ := runProgram(t, "check", "--config", site.config); code != exitFailed || !strings.Contains(out, "providers."+kind+": ") || !strings.Contains(out, "check api.key") {
				t.Errorf("a wrong key: exit code %d\n%s", code, out)
			}
		})
	}
}
