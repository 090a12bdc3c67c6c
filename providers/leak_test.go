package providers

import (
	"fmt"
	"strings"
	"testing"
)

// A provider that is printed by mistake, in whatever way, shows no secret:
// neither as a text nor as bytes, and no plain hash of it.
func TestPrintingAProviderShowsNoSecret(t *testing.T) {
	t.Parallel()
	const value = "whsec_do_not_show_me"
	shown := []string{value, strings.Trim(fmt.Sprint([]byte(value)), "[]"), strings.TrimPrefix(fmt.Sprintf("%#v", []byte(value)), "[]byte")}
	var all []*Provider
	for _, typ := range Types() {
		all = append(all, mustNew(t, typ, armed(t, typ, value)))
	}
	for verify, written := range map[string]string{eitherName: "whsec_c2hvd25vYm9keQ==", "{hmac: {header: S, key: hex}}": "73686f776e6f626f6479"} {
		all = append(all, custom(t, verify, plainEvent, "{}", Settings{Secrets: texts(written)}))
		shown = append(shown, written, "shownobody", strings.Trim(fmt.Sprint([]byte("shownobody")), "[]"))
	}
	for _, p := range all {
		for _, c := range p.checks {
			for _, k := range c.keys {
				shown = append(shown, k.sum.Reveal(), strings.Trim(fmt.Sprint([]byte(k.sum.Reveal())), "[]"))
			}
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			printed := fmt.Sprintf(verb, p) + fmt.Sprintf(verb, *p)
			for _, s := range shown {
				if strings.Contains(printed, s) {
					t.Errorf("%s printed with %s shows the secret: %s", p.Type(), verb, s)
				}
			}
		}
	}
}
