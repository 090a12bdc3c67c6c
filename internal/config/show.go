package config

import (
	"fmt"
	"net/url"
	"strings"
)

// databaseURLText shows a database URL without what may be secret in it: the
// password, and parameters such as sslpassword.
func databaseURLText(text string) string {
	if strings.HasPrefix(text, sqlitePrefix) {
		return text
	}
	u, err := url.Parse(text)
	if err != nil {
		return "<secret>"
	}
	user := ""
	if u.User != nil {
		user = u.User.Username() + "@"
		if _, has := u.User.Password(); has {
			user = u.User.Username() + ":<secret>@"
		}
	}
	shown := u.Scheme + "://" + user + u.Host + u.Path
	mark := "?"
	for pair := range strings.SplitSeq(u.RawQuery, "&") {
		if name, _, ok := strings.Cut(pair, "="); ok {
			if strings.Contains(strings.ToLower(name), "pass") {
				pair = name + "=<secret>"
			}
			shown += mark + pair
			mark = "&"
		}
	}
	return shown
}

// sizeText writes a number of bytes in the largest unit that divides it.
func sizeText(n int64) string {
	for _, unit := range []struct {
		name string
		size int64
	}{{"TiB", 1 << 40}, {"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}} {
		if n >= unit.size && n%unit.size == 0 {
			return fmt.Sprintf("%d%s", n/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%dB", n)
}

// enumerate writes a, b or c.
func enumerate(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}
