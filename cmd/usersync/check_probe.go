package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"usersync/handlers"
	"usersync/internal/config"
	"usersync/providers"
)

// probeWait is how long a probe may take.
const probeWait = 6 * time.Second

// checkProbes sends each provider's request that is ignored through public_url. Without
// --probe it does so only beside a daemon: before its first start nobody could answer.
func checkProbes(ctx context.Context, c *config.Config, flags checkFlags) []finding {
	running := isLive(ctx, c.Listen, c.TLS.Enabled())
	switch {
	case flags.probeSaid && !flags.probe:
		return nil
	case c.PublicURL == "" && flags.probe:
		return []finding{failed("probe", "public_url is not set: nobody knows where senders deliver to", "public_url: https://HOST")}
	case c.PublicURL == "":
		return nil
	case !running && !flags.probe:
		return []finding{fine("probe", "not sent: no daemon runs here; --probe sends it all the same")}
	}
	var findings []finding
	if u, err := url.Parse(c.PublicURL); err == nil && u.Scheme == "http" && !onLoopback(u.Host+":80") && !onLoopback(u.Host) {
		findings = append(findings, warned("probe", "public_url is plain http: what senders say of users, and some of their secrets, can be read on the way", "public_url: https://… and a certificate, here (tls) or at a proxy"))
	}
	client := newProbeClient()
	defer client.CloseIdleConnections()
	return append(findings, eachProvider(ctx, providerNames(c), func(ctx context.Context, name string) []finding {
		ctx, cancel := context.WithTimeout(ctx, probeWait)
		defer cancel()
		return []finding{probe(ctx, client, c, name, running)}
	})...)
}

// newProbeClient follows no redirect, as senders do not.
func newProbeClient() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// probe sends one provider's request. Where it cannot be signed, an unsigned one has to
// be refused, which shows at least that the way is open.
func probe(ctx context.Context, client *http.Client, c *config.Config, name string, running bool) finding {
	now := time.Now()
	provider := c.Built[name]
	header, body, err := provider.Harmless(providers.Sample{UserID: "usersync_check", EventID: fmt.Sprintf("usersync_check_%d", now.UnixMicro()), Time: now})
	signed := err == nil
	if !signed {
		if c.Providers[name].Auth == "none" {
			return fine("probe", name+": not sent: anything that is sent to it is believed")
		}
		header, body = http.Header{"Content-Type": {"application/json"}}, []byte("{}")
	}
	header.Set(handlers.ProbeHeader, "1")
	j := probeJudge{name: name, signed: signed, reply: provider.Reply(), limited: len(c.Providers[name].AllowIPs) > 0}
	j.through = deliver(ctx, client, c.WebhookURL(name), header, body)
	if signed && running && j.through.refused() {
		// The same request without the way: what differs is the way's doing.
		direct := deliver(ctx, client, webhookURL(c, name), header, body)
		j.direct = &direct
	}
	return j.finding()
}

// probed is what came back.
type probed struct {
	status      int
	contentType string
	points      string // host of a redirect
	body        []byte
	err         error
}

// deliver posts a request.
func deliver(ctx context.Context, client *http.Client, target string, header http.Header, body []byte) probed {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, target, bytes.NewReader(body))
	if err != nil {
		return probed{err: err}
	}
	request.Header = header.Clone()
	request.Header.Set("User-Agent", "usersync-check")
	response, err := client.Do(request)
	if err != nil {
		return probed{err: err}
	}
	defer response.Body.Close()
	p := probed{status: response.StatusCode, contentType: response.Header.Get("Content-Type")}
	if to, err := url.Parse(response.Header.Get("Location")); err == nil {
		p.points = to.Host
	}
	p.body, p.err = io.ReadAll(io.LimitReader(response.Body, 4096))
	return p
}
