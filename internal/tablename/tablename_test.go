package tablename

import (
	"strings"
	"testing"
)

func TestValid(t *testing.T) {
	t.Parallel()
	schema, table := strings.Repeat("s", LongestSchema), strings.Repeat("t", LongestTable)
	for name, want := range map[string]bool{
		"users": true, "_u1": true, "app.users": true, "App.Users_2": true, table: true, schema + "." + table: true,
		"": false, ".": false, "app.": false, ".users": false, "a.b.c": false, "1users": false, "app.1": false,
		"us ers": false, `us"ers`: false, "usérs": false, "users;": false, table + "t": false, schema + "s." + table: false, schema + "." + table + "t": false,
	} {
		if Valid(name) != want {
			t.Errorf("%q: %t, want %t", name, !want, want)
		}
	}
}
