package main

import (
	"cmp"
	"fmt"
	"io"

	"usersync/internal/config"
	"usersync/providers"
)

// showRunning prints what is needed to play with the daemon that keeps running.
// example is a request that it has answered.
func (p *program) showRunning(c *config.Config, secrets map[string]string, example demoRequest) error {
	type running struct {
		Provider string `json:"provider"`
		URL      string `json:"url"`
		Secret   string `json:"secret"`
	}
	var list []running
	for _, name := range providers.Signable() {
		list = append(list, running{name, webhookURL(c, name), secrets[name]})
	}
	return p.print(list, func(w io.Writer) {
		fmt.Fprintln(w, "\nThe daemon keeps running; stop it with Ctrl-C. The database is removed then.")
		rows := [][]string{
			{"  database", c.Database.URL.Reveal()},
			{"  metrics", "http://" + c.Admin.Listen + "/metrics"},
		}
		for _, r := range list {
			rows = append(rows, []string{"  " + r.Provider, r.URL, "secret " + r.Secret})
		}
		writeTable(w, rows)
		key := "providers." + example.Provider
		fmt.Fprintln(w, "\nPaste this into another shell, also with another provider, secret, event or user:")
		fmt.Fprintf(w, "  %s send %s %s --user usr_1 --set %s.type=%s --set %s.secrets=%s --url %s\n", cmp.Or(p.name, "usersync"),
			example.Provider, example.Kind, key, example.Provider, key, secrets[example.Provider], webhookURL(c, example.Provider))
	})
}
