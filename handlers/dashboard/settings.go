package dashboard

import (
	"net/http"

	"usersync/handlers/desk"
)

// settingsView is what templates/settings.html shows.
type settingsView struct {
	YAML      string
	Providers []settingsProvider
}

// settingsProvider is how a provider is set up here and there.
type settingsProvider struct {
	Name, Type, WebhookURL string
	Secrets                []secretView
}

// secretView is one secret that deliveries were signed with.
type secretView struct {
	Fingerprint string
	Count       int64
	Last        moment
}

func (d *Dashboard) settings(r *http.Request) (sheet, error) {
	return sheet{template: "settings", title: "Settings", body: viewSettings(d.desk.Settings(), d.desk.Overview(r.Context()))}, nil
}

func viewSettings(yaml string, o desk.Overview) settingsView {
	v := settingsView{YAML: yaml}
	for _, p := range o.Providers {
		one := settingsProvider{Name: p.Name, Type: p.Type, WebhookURL: p.WebhookURL}
		for _, s := range p.Secrets {
			one.Secrets = append(one.Secrets, secretView{s.Fingerprint, s.Count, momentOf(s.Last, o.At)})
		}
		v.Providers = append(v.Providers, one)
	}
	return v
}
