package dashboard

import "testing"

// Nobody is led to another site, whatever stands in a link.
func TestOwnPath(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"/":                             "/",
		"/events?user=a%20b&from=x":     "/events?user=a%20b&from=x",
		"/users/one?user=%2F%2Fevil":    "/users/one?user=%2F%2Fevil",
		"/letters/12":                   "/letters/12",
		"":                              "/",
		"events":                        "/",
		"//evil.example":                "/",
		"///evil.example":               "/",
		"/\\evil.example":               "/",
		"\\\\evil.example":              "/",
		"/\t/evil.example":              "/",
		"/\n/evil.example":              "/",
		" //evil.example":               "/",
		"https://evil.example/":         "/",
		"https:/evil.example":           "/",
		"javascript:alert(1)":           "/",
		"/%2Fevil.example":              "/",
		"/a#b":                          "/a#b",
		"/#\x00":                        "/", // a parser looks for these in front of the fragment only
		"/a#\x1f":                       "/",
		"/a#\x7f":                       "/",
		"/%zz":                          "/",
		"/sign-in":                      "/",
		"/sign-out":                     "/",
		"/ok?next=https://evil.example": "/ok?next=https://evil.example",
	} {
		if got := ownPath(path); got != want {
			t.Errorf("%q leads to %q, want %q", path, got, want)
		}
	}
}

func FuzzOwnPath(f *testing.F) {
	for _, seed := range []string{"/a?b", "//a", "/\\a", "/%2f/a", "http://a"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		got := ownPath(path)
		if got[0] != '/' || len(got) > 1 && (got[1] == '/' || got[1] == '\\') {
			t.Errorf("%q leads to %q", path, got)
		}
		for _, c := range got {
			if c < ' ' || c == '\\' || c == 0x7f {
				t.Errorf("%q leads to %q", path, got)
			}
		}
	})
}
