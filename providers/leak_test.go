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
	for _, typ := range Types() {
		p := mustNew(t, typ, armed(t, typ, value))
		for _, c := range p.checks {
			for _, k := range c.keys {
				shown = append(shown, k.sum.Reveal(), strings.Trim(fmt.Sprint([]byte(k.sum.Reveal())), "[]"))
			}
		}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			printed := fmt.Sprintf(verb, p) + fmt.Sprintf(verb, *p)
			for _, s := range shown {
				if strings.Contains(printed, s) {
					t.Errorf("%s printed with %s shows the secret: %s", typ, verb, s)
				}
			}
		}
	}
}
