package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/secret"
	"usersync/providers"
)

func (p *program) webhooksCreateCommand() *cobra.Command {
	var target, mode string
	cmd := &cobra.Command{
		Use:   "create PROVIDER --url URL",
		Short: "Register a webhook for the events that are needed",
		Long: `Registers a webhook, shows its secret once, and adds it to the file that
secrets_file of the provider names (a bearer token to that of bearer_file).`,
		Example: "  usersync webhooks create authpi --url https://usersync.example.com/webhooks/authpi",
		Args:    words("PROVIDER"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			name := arguments[0]
			if err := checkWebhookURL(target, name); err != nil {
				return usageError{err}
			}
			return p.withHooks(name, func(settings config.Provider, hooks *providers.Hooks) error {
				return p.createWebhook(cmd.Context(), name, settings, hooks, target, mode)
			})
		},
	}
	cmd.Flags().StringVar(&target, "url", "", "the public `URL` of the daemon's webhook, ending in /webhooks/PROVIDER")
	cmd.Flags().StringVar(&mode, "mode", "", "how deliveries prove themselves, where the provider has a choice")
	return cmd
}

// checkWebhookURL returns what is wrong with the address.
func checkWebhookURL(target, name string) error {
	u, err := url.Parse(target)
	example := "https://usersync.example.com/webhooks/" + name
	switch {
	case target == "":
		return fmt.Errorf("webhooks create: say --url, the address under which the provider reaches the daemon, as %s", example)
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("--url: want an address such as %s", example)
	case u.User != nil || u.Fragment != "":
		return errors.New("--url: want an address without a password and without #")
	}
	return nil
}

// registered is a new webhook, as it is printed: with its credentials, this
// once.
type registered struct {
	providers.Hook
	Secret string   `json:"secret,omitempty"`
	Bearer string   `json:"bearer,omitempty"`
	Files  []string `json:"files"` // to which they were added
}

func (p *program) createWebhook(ctx context.Context, name string, settings config.Provider, hooks *providers.Hooks, target, mode string) error {
	p.adviseURL(target, name)
	p.adviseOthers(ctx, hooks, target)
	hook, secrets, err := hooks.Create(ctx, target, mode)
	if err != nil {
		return possible(err)
	}
	result := registered{Hook: hook, Secret: secrets["secrets"].Reveal(), Bearer: secrets["bearer"].Reveal(), Files: []string{}}
	// What cannot be saved is printed all the same: it is shown only once.
	faults := keepCredentials(&result, settings.CredentialFiles, secrets)
	if err := p.print(result, func(w io.Writer) { result.text(w, name, settings.CredentialFiles, secrets) }); err != nil {
		return err
	}
	if len(secrets) == 0 {
		faults = append(faults, errors.New("the provider showed no secret: look for it in its dashboard"))
	}
	return errors.Join(faults...)
}

// keepCredentials adds each credential to its file.
func keepCredentials(result *registered, files map[string]string, secrets map[string]secret.Text) (faults []error) {
	for _, key := range slices.Sorted(maps.Keys(secrets)) {
		file := files[key]
		if file == "" {
			continue
		}
		if err := addSecret(file, secrets[key]); err != nil {
			faults = append(faults, fmt.Errorf("%s_file: %w: add what was shown to the file yourself", key, err))
			continue
		}
		result.Files = append(result.Files, file)
	}
	return faults
}

// text writes the result for a person.
func (r registered) text(w io.Writer, name string, files map[string]string, secrets map[string]secret.Text) {
	fmt.Fprintf(w, "webhook %s posts to %s: %s\n", visibleLine(r.ID), visibleLine(r.URL), visibleLine(strings.Join(r.Events, ", ")))
	for _, key := range slices.Sorted(maps.Keys(secrets)) {
		fmt.Fprintf(w, "%s (shown only now): %s\n", key, secrets[key].Reveal())
		switch file := files[key]; {
		case file == "":
			fmt.Fprintf(w, "Put it into providers.%s.%s, or name a file in %s_file that it is written to.\n", name, key, key)
		case slices.Contains(r.Files, file):
			fmt.Fprintf(w, "Added to %s; a running daemon reads it at SIGHUP.\n", file)
		}
	}
}

// adviseURL warns about an address that may not be the daemon's.
func (p *program) adviseURL(target, name string) {
	u, err := url.Parse(target)
	if err != nil {
		return // it was checked
	}
	if !strings.HasSuffix(u.Path, "/webhooks/"+name) {
		fmt.Fprintf(p.stderr, "warning: the address does not end in /webhooks/%s, where the daemon takes these webhooks\n", name)
	}
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		fmt.Fprintln(p.stderr, "warning: deliveries to an http address travel in clear")
	}
}

// adviseOthers says which other webhooks post to the address. While a secret is
// rotated there are two: what both post is applied once.
func (p *program) adviseOthers(ctx context.Context, hooks *providers.Hooks, target string) {
	found, err := hooks.List(ctx)
	if err != nil {
		fmt.Fprintf(p.stderr, "warning: whether another webhook posts there is not known: %v\n", err)
	}
	for _, h := range found {
		if h.URL == target {
			fmt.Fprintf(p.stderr, "webhook %s posts there already: delete it once the new one works\n", visibleLine(h.ID))
		}
	}
}
