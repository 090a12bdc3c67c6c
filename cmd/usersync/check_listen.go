package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"usersync/internal/config"
)

// shortToken is the least number of characters of a token that nobody guesses.
const shortToken = 16

// checkListeners looks at certificate, ports and who can reach the operators' one.
func checkListeners(ctx context.Context, c *config.Config) (findings []finding) {
	if c.TLS.Enabled() {
		findings = append(findings, checkCertificate(c))
	}
	findings = append(findings, checkPort(ctx, "listen", c.Listen, c.TLS.Enabled())...)
	findings = append(findings, checkPort(ctx, "admin.listen", c.Admin.Listen, false)...)
	if token := c.Admin.Token.Reveal(); token != "" && len(token) < shortToken {
		findings = append(findings, warned("admin", fmt.Sprintf("admin.token is %s long: it can be guessed", count(len(token), "character")), "admin.token: what `openssl rand -hex 24` prints"))
	}
	if !onLoopback(c.Admin.Listen) {
		findings = append(findings, warned("admin", c.Admin.Listen+" can be reached from other machines, in clear text: with the token anybody there reads all users", "admin.listen: 127.0.0.1:8081, or let a proxy with TLS and a firewall stand before it"))
	}
	return findings
}

func onLoopback(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// checkPort tries to listen, unless any free port will do.
func checkPort(ctx context.Context, key, listen string, secure bool) []finding {
	if strings.HasSuffix(listen, ":0") {
		return nil
	}
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", listen)
	switch {
	case err == nil:
		_ = l.Close()
		return []finding{fine("listen", key+": "+listen+" is free: no daemon runs here")}
	case errors.Is(err, syscall.EADDRINUSE) && isLive(ctx, listen, secure):
		return []finding{fine("listen", key+": "+listen+" is served by usersync")}
	case errors.Is(err, syscall.EADDRINUSE):
		return []finding{failed("listen", key+": another program has "+listen, "ss -ltnp shows which; stop it, or name another port in "+key)}
	case errors.Is(err, syscall.EACCES):
		return []finding{failed("listen", key+": this user may not listen at "+listen, "name a port from 1024 on, or give the unit AmbientCapabilities=CAP_NET_BIND_SERVICE")}
	default:
		return []finding{failed("listen", fmt.Sprintf("%s: %v", key, err), "name an address of this machine in "+key)}
	}
}

// liveWait is how long a daemon may take to say that it is one: on a busy machine it is not
// to be taken for another program.
const liveWait = 5 * time.Second

// isLive reports whether a daemon of ours answers there.
func isLive(ctx context.Context, listen string, secure bool) bool {
	scheme := "http://"
	if secure {
		scheme = "https://"
	}
	ctx, cancel := context.WithTimeout(ctx, liveWait)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+reachable(listen)+"/livez", nil)
	if err != nil {
		return false
	}
	// Nothing is told there; it is asked only who it is.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true}} //nolint:gosec // see above
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	var body struct {
		Live bool `json:"live"`
	}
	return json.NewDecoder(io.LimitReader(response.Body, 4096)).Decode(&body) == nil && body.Live
}

// soon is how long before its end a certificate should be renewed.
const soon = 21 * 24 * time.Hour

// checkCertificate reads the certificate and its key as serve will.
func checkCertificate(c *config.Config) finding {
	pair, err := loadCertificate(c.TLS)
	if err != nil {
		return failed("tls", err.Error(), "")
	}
	until, now := pair.Leaf.NotAfter, time.Now()
	public, _ := url.Parse(c.PublicURL)
	switch {
	case now.After(until):
		return failed("tls", "the certificate expired on "+until.Format(time.DateOnly), "renew it and restart usersync")
	case now.Before(pair.Leaf.NotBefore):
		return failed("tls", "the certificate is valid from "+pair.Leaf.NotBefore.Format(time.DateOnly)+" on", "look at this machine's clock")
	case until.Sub(now) < soon:
		return warned("tls", "certificate valid until "+until.Format(time.DateOnly), "renew it and restart usersync")
	case c.PublicURL != "" && public.Scheme == "https" && pair.Leaf.VerifyHostname(public.Hostname()) != nil:
		return warned("tls", "the certificate is not for "+public.Hostname()+", the host of public_url", "get one for that name; or let it be, if a proxy with its own stands before usersync")
	default:
		return fine("tls", "certificate valid until "+until.Format(time.DateOnly))
	}
}

func loadCertificate(files config.TLS) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		err = fmt.Errorf("%w: check tls.cert_file and tls.key_file", err)
	}
	return pair, err
}
