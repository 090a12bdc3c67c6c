package main

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net"
	"net/http"
	"syscall"

	"usersync/providers"
)

// probeJudge makes of the answers to a probe what an operator has to know. It shows
// nothing of a body that is not ours.
type probeJudge struct {
	name    string
	signed  bool
	limited bool             // allow_ips leaves some out
	reply   *providers.Reply // how the provider's deliveries are answered, nil for the receipt
	through probed
	direct  *probed // of the listener itself, if that was asked
}

// receipt is what we answer: one of the two.
type receipt struct {
	Received bool   `json:"received"`
	Outcome  string `json:"outcome"`
	Error    string `json:"error"`
}

// ours reads an answer in our form.
func (p probed) ours() (r receipt, ok bool) {
	kind, _, err := mime.ParseMediaType(p.contentType)
	if err != nil || kind != "application/json" || json.Unmarshal(p.body, &r) != nil {
		return r, false
	}
	return r, r.Received || r.Error != ""
}

// refused reports whether a daemon of ours did not believe the request.
func (p probed) refused() bool {
	r, ok := p.ours()
	return ok && p.status == http.StatusUnauthorized && r.Error == "not authenticated"
}

// replied reports whether the answer is the one that the definition makes.
func (p probed) replied(reply *providers.Reply) bool {
	return reply != nil && p.err == nil && p.status == reply.Status && string(p.body) == string(reply.Body)
}

// ignored reports whether a daemon believed the request and did nothing.
func (p probed) ignored(reply *providers.Reply) bool {
	if p.replied(reply) {
		return true
	}
	r, ok := p.ours()
	return ok && p.status == http.StatusOK && r.Received && r.Outcome == "ignored"
}

func (j probeJudge) finding() finding {
	bad := func(remedy, text string, arguments ...any) finding {
		return failed("probe", j.name+": "+fmt.Sprintf(text, arguments...), remedy)
	}
	r, ours := j.through.ours()
	switch p := j.through; {
	case p.err != nil:
		text, remedy := wayFault(p.err)
		return bad(remedy, "%s", text)
	case j.signed && p.ignored(j.reply):
		return fine("probe", j.name+": public_url leads to a daemon with this secret")
	case !j.signed && p.refused():
		return fine("probe", j.name+": public_url leads to a daemon, which refuses what is not signed; only the provider can sign, so the secret is not proven")
	case p.refused():
		return j.disbelieved()
	case ours && p.status == http.StatusOK:
		return warned("probe", fmt.Sprintf("%s: the daemon took what this configuration ignores, with the outcome %s", j.name, r.Outcome), "systemctl reload usersync, so that it has this configuration")
	case ours && p.status == http.StatusNotFound:
		return bad("systemctl reload usersync; or let the proxy pass the path on as it is: /webhooks/"+j.name, "a daemon answers 404: it has no such provider, or the path is changed on the way")
	case ours && p.status == http.StatusServiceUnavailable:
		return bad("usersync health", "the daemon cannot take deliveries now")
	case ours:
		return bad("compare what the proxy passes on with what was sent: method, Content-Type and Content-Encoding", "the daemon answers %d: %s", p.status, visibleLine(r.Error))
	case p.status >= 300 && p.status < 400:
		return bad("public_url: the address that it points to", "redirected to %q, which senders do not follow", p.points)
	case p.status >= 500:
		return bad("let the proxy pass /webhooks/ on to the address of listen", "something before usersync answers %d: it does not reach the daemon", p.status)
	case p.status == http.StatusForbidden, p.status == http.StatusUnauthorized:
		return bad("exempt /webhooks/ from it", "something before usersync answers %d: a firewall, or a page to sign in", p.status)
	default:
		return bad("public_url: where senders reach usersync; let the proxy pass /webhooks/ on to it", "another program answers %d with %q", p.status, p.contentType)
	}
}

// disbelieved is for a request that our daemon took for forged.
func (j probeJudge) disbelieved() finding {
	switch {
	case j.direct != nil && j.direct.ignored(j.reply):
		return failed("probe", j.name+": the daemon believes the request, but not once it came through public_url: something on the way changes the body or the headers", "let the proxy pass bodies on byte by byte, and all headers: no filter that rewrites JSON, no decompression")
	case j.limited:
		return warned("probe", j.name+": refused: allow_ips may leave this machine out, so the secret is not proven", "run usersync check where a sender stands, or compare the metric usersync_signature_failures_total by reason")
	case j.direct != nil:
		return failed("probe", j.name+": the daemon that runs has other secrets than this configuration", "systemctl reload usersync; if it stays so, the daemon reads another file or other variables")
	default:
		return failed("probe", j.name+": refused: the daemon there has other secrets than this configuration, or something on the way changes the body", "run usersync check beside the daemon: it tells the two apart")
	}
}

// wayFault says why no answer came.
func wayFault(err error) (text, remedy string) {
	var (
		stranger  x509.UnknownAuthorityError
		otherName x509.HostnameError
		badDates  x509.CertificateInvalidError
		unknown   *net.DNSError
		timeout   net.Error
	)
	switch {
	case errors.As(err, &stranger):
		return "the certificate at public_url is not trusted, and senders will not trust it either", "serve the whole chain, of an authority that everybody knows"
	case errors.As(err, &otherName):
		return "the certificate at public_url is for another name", "get one for the host of public_url"
	case errors.As(err, &badDates):
		return "the certificate at public_url has expired, or is not valid yet", "renew it"
	case errors.As(err, &unknown):
		return "the host of public_url is not known", "make a DNS record for it, or correct public_url"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "nothing listens at public_url", "start the proxy there, or correct public_url"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return fmt.Sprintf("public_url gives no answer within %s", probeWait), "look at firewalls, and at what the proxy there waits for"
	case errors.Is(err, http.ErrSchemeMismatch):
		return "what listens at public_url speaks plain http", "public_url: http://…, or let it speak TLS"
	default:
		return "public_url gives no answer: the connection was closed, or TLS failed", "curl -v it from this machine"
	}
}
