package secret_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"usersync/internal/secret"
)

func TestNoPrinterShowsTheValue(t *testing.T) {
	t.Parallel()
	const value = "whsec_do_not_show_me"
	held := struct{ Token secret.Text }{secret.New(value)}
	asJSON, err := json.Marshal(held)
	if err != nil {
		t.Fatal(err)
	}
	var logged strings.Builder
	slog.New(slog.NewJSONHandler(&logged, nil)).Info("x", "token", held.Token)

	for printer, text := range map[string]string{
		"%v":                        fmt.Sprintf("%v", held),
		"%+v":                       fmt.Sprintf("%+v", held),
		"%#v":                       fmt.Sprintf("%#v", held),
		"%s":                        fmt.Sprintf("%s", held.Token),
		"%v of an unexported field": fmt.Sprintf("%v", struct{ token secret.Text }{held.Token}),
		"json":                      strings.NewReplacer(`\u003c`, "<", `\u003e`, ">").Replace(string(asJSON)),
		"slog":                      logged.String(),
	} {
		if strings.Contains(text, value) || !strings.Contains(text, "<secret>") && !strings.Contains(printer, "unexported") {
			t.Errorf("%s printed %s", printer, text)
		}
	}
	if held.Token.Reveal() != value {
		t.Error("Reveal lost the value")
	}
	if print := held.Token.Fingerprint(); len(print) != 8 || strings.Contains(value, print) {
		t.Errorf("fingerprint %q", print)
	}
}

func TestTheEmptyCredentialIsVisiblyEmpty(t *testing.T) {
	t.Parallel()
	var none secret.Text
	if !none.Empty() || none.String() != "" {
		t.Errorf("empty credential prints %q", none.String())
	}
	if err := none.UnmarshalText([]byte("x")); err != nil || none.Reveal() != "x" {
		t.Errorf("unmarshalled %q, %v", none.Reveal(), err)
	}
}
