package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/providers"
)

// sendFlags are the flags of send.
type sendFlags struct {
	user, email, name, url string
	count                  int
}

func (p *program) sendCommand() *cobra.Command {
	var flags sendFlags
	cmd := &cobra.Command{
		Use:   "send PROVIDER EVENT",
		Short: "Post a realistic signed sample to a running daemon",
		Long: `Builds a sample of the provider's webhook, signs it with the configured secret
and posts it to a running daemon. EVENT is the provider's own name of it, or a
kind such as user.banned.`,
		Example: "  usersync send authon user.created --user usr_1 --email ann@example.com",
		Args:    words("PROVIDER", "EVENT"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			return p.send(cmd.Context(), arguments[0], arguments[1], flags)
		},
	}
	cmd.Flags().StringVar(&flags.user, "user", "usr_sample", "the provider's id of the user; with --count, followed by a number")
	cmd.Flags().StringVar(&flags.email, "email", "", "e-mail address (the sample carries USER@example.com unless it is given)")
	cmd.Flags().StringVar(&flags.name, "name", "Sample User", "display name")
	cmd.Flags().StringVar(&flags.url, "url", "", "the webhook URL to post to, http://HOST:PORT/webhooks/PROVIDER (default: that of the configured listener)")
	cmd.Flags().IntVar(&flags.count, "count", 1, "how many events, each about another user")
	return cmd
}

// sent is one answer, as it is printed.
type sent struct {
	User   string `json:"user"`
	Status int    `json:"status"`
	Answer any    `json:"answer"` // the JSON that was answered, else the text
}

func newSent(user string, status int, answer string) sent {
	if json.Valid([]byte(answer)) {
		return sent{user, status, json.RawMessage(answer)}
	}
	return sent{user, status, answer}
}

func (p *program) send(ctx context.Context, name, event string, flags sendFlags) error {
	if flags.count < 1 {
		return usageError{errors.New("--count: want at least 1")}
	}
	c, err := p.load(true)
	if err != nil {
		return err
	}
	provider := c.Built[name]
	if provider == nil {
		return usageError{fmt.Errorf("no provider %q is configured: choose one of %s", name, strings.Join(providerNames(c), ", "))}
	}
	if flags.url == "" {
		flags.url = webhookURL(c, name)
	}
	if target, err := url.Parse(flags.url); err != nil || target.Host == "" || target.Scheme != "http" && target.Scheme != "https" {
		return usageError{errors.New("--url: want http://HOST:PORT/webhooks/PROVIDER, or the same with https")}
	}
	refused, missed := false, false
	client := &http.Client{Timeout: 10 * time.Second}
	for i := range flags.count {
		header, body, err := provider.Build(event, flags.sample(i))
		if err != nil {
			return usageError{err}
		}
		status, answer, err := post(ctx, client, flags.url, header, body)
		if err != nil {
			return err
		}
		refused, missed = refused || !taken(status), missed || status == http.StatusNotFound
		user := flags.userOf(i)
		if err := p.print(newSent(user, status, answer), func(w io.Writer) { fmt.Fprintln(w, user, status, answer) }); err != nil {
			return err
		}
	}
	if missed {
		return errNoWebhook
	}
	if refused {
		return failure(exitFailed)
	}
	return nil
}

var errNoWebhook = errors.New("404: --url has to be a webhook URL, http://HOST:PORT/webhooks/PROVIDER, with a name that the daemon there has under providers (SIGHUP makes it read them again)")

// userOf is the user of the i-th event.
func (f sendFlags) userOf(i int) string {
	if f.count == 1 {
		return f.user
	}
	return fmt.Sprintf("%s%d", f.user, i+1)
}

func (f sendFlags) sample(i int) providers.Sample {
	user := f.userOf(i)
	now := time.Now()
	email := f.email
	if email == "" {
		email = user + "@example.com"
	}
	return providers.Sample{UserID: user, Email: email, Name: f.name, EventID: fmt.Sprintf("evt_%d_%d", now.UnixMicro(), i), Time: now}
}

// taken reports whether a delivery was answered as one that was taken: some
// providers expect another success than 200.
func taken(status int) bool { return status/100 == 2 }

// post sends one request and returns the answer's status and first bytes.
func post(ctx context.Context, client *http.Client, target string, header http.Header, body []byte) (status int, answer string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	request.Header = header
	response, err := client.Do(request)
	if err != nil {
		return 0, "", fmt.Errorf("%w: %s", err, sendHint(err))
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 4096))
	return response.StatusCode, strings.TrimSpace(string(text)), err
}

// webhookURL is where the configured daemon takes a provider's webhooks.
func webhookURL(c *config.Config, provider string) string {
	scheme := "http://"
	if c.TLS.Enabled() {
		scheme = "https://"
	}
	return scheme + reachable(c.Listen) + "/webhooks/" + provider
}

func providerNames(c *config.Config) []string {
	return slices.Sorted(maps.Keys(c.Built))
}
