package providers

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// readVectors reads a file of signatures that were not made here; see
// testdata/README.md.
func readVectors(t *testing.T, file string, into any) {
	t.Helper()
	if err := json.Unmarshal(readFile(t, "testdata/vectors/"+file), into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

// rejects checks that a request is refused for one of the reasons.
func rejects(t *testing.T, p *Provider, what string, r Request, reasons ...string) {
	t.Helper()
	_, err := p.Verify(r)
	var rejection *Rejection
	if !errors.As(err, &rejection) || !slices.Contains(reasons, rejection.Reason) {
		t.Errorf("%s: %v, want one of %q", what, err, reasons)
	}
}

type hmacVector struct {
	Name, Verify, Secret, Body string
	Headers                    map[string]string
	Now                        int64
	Tolerance                  int64 `json:"tolerance_seconds"`
}

func (v hmacVector) request() Request {
	r := Request{Header: http.Header{}, Body: []byte(v.Body), ReceivedAt: time.Unix(v.Now, 0)}
	for name, value := range v.Headers {
		r.Header.Set(name, value)
	}
	return r
}

func TestVectorsOfHMAC(t *testing.T) {
	t.Parallel()
	var all []hmacVector
	readVectors(t, "hmac.json", &all)
	for _, v := range all {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			p := custom(t, v.Verify, plainEvent, "{}", Settings{Secrets: texts(v.Secret)})
			r := v.request()
			proof, err := p.Verify(r)
			if err != nil || proof.Headers || len(proof.Fingerprint) != 8 {
				t.Fatalf("%+v, %v", proof, err)
			}
			for i := range r.Body {
				flipped := r
				flipped.Body = bytes.Clone(r.Body)
				flipped.Body[i] ^= 1 << (i % 8)
				rejects(t, p, "a flipped bit", flipped, ReasonMismatch)
			}
			for _, name := range slices.Sorted(maps.Keys(v.Headers)) {
				without, doubled := v.request(), v.request()
				without.Header.Del(name)
				doubled.Header.Add(name, doubled.Header.Get(name))
				rejects(t, p, "without "+name, without, ReasonMissing)
				rejects(t, p, "doubled "+name, doubled, ReasonDoubled)
			}
			if v.Tolerance != 0 {
				late, early := r, r
				late.ReceivedAt = r.ReceivedAt.Add(time.Duration(v.Tolerance) * time.Second)
				early.ReceivedAt = r.ReceivedAt.Add(-time.Duration(v.Tolerance) * time.Second)
				for _, within := range []Request{late, early} {
					if _, err := p.Verify(within); err != nil {
						t.Errorf("refused within the tolerance: %v", err)
					}
				}
				late.ReceivedAt, early.ReceivedAt = late.ReceivedAt.Add(time.Second), early.ReceivedAt.Add(-time.Second)
				rejects(t, p, "old", late, ReasonTooOld)
				rejects(t, p, "of the future", early, ReasonTooNew)
			}
			signed := Request{Header: http.Header{}, Body: r.Body, ReceivedAt: r.ReceivedAt}
			if err := p.Sign(signed.Header, signed.Body, r.ReceivedAt); err != nil {
				t.Fatal(err)
			}
			for name, want := range v.Headers {
				// A sender may put spaces and other signatures into a list.
				want = strings.ReplaceAll(want, ", ", ",")
				if first, last := strings.Index(want, ",v1="), strings.LastIndex(want, ",v1="); first != last {
					want = want[:first] + want[last:]
				}
				if got := signed.Header.Get(name); got != want {
					t.Errorf("%s is signed as %q, want %q", name, got, want)
				}
			}
		})
	}
}

type webhookVectors struct {
	Sign []struct {
		Secret    string
		Public    string `json:"public_key"`
		ID, Body  string
		Timestamp int64
		Signature string
	}
	Verify []struct {
		Name, Secret, Header string
		ID                   *string
		Timestamp            any
		Now                  int64
		OK                   bool
	}
	BadSecrets  []string   `json:"bad_secrets"`
	HeaderNames [][]string `json:"header_names"`
	Defaults    struct {
		ID, Body  string
		Timestamp int64
	} `json:"defaults_for_verify"`
}

// eitherName is a definition that takes both names of the headers.
const eitherName = `{standard_webhooks: {prefix: [webhook, svix]}}`

func TestVectorsOfStandardWebhooks(t *testing.T) {
	t.Parallel()
	var all webhookVectors
	readVectors(t, "standard-webhooks.json", &all)
	for _, v := range all.Sign {
		p := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(cmp.Or(v.Secret, v.Public))})
		at := time.Unix(v.Timestamp, 0)
		for _, names := range all.HeaderNames {
			r := Request{Header: http.Header{}, Body: []byte(v.Body), ReceivedAt: at}
			for i, value := range []string{v.ID, strconv.FormatInt(v.Timestamp, 10), v.Signature} {
				r.Header.Set(names[i], value)
			}
			if proof, err := p.Verify(r); err != nil || proof.ID != v.ID || proof.Timestamp != strconv.FormatInt(v.Timestamp, 10) || proof.Headers {
				t.Errorf("%s: %+v, %v", v.Signature, proof, err)
			}
			for i := range r.Body {
				flipped := r
				flipped.Body = bytes.Clone(r.Body)
				flipped.Body[i] ^= 1 << (i % 8)
				rejects(t, p, "a flipped bit", flipped, ReasonMismatch)
			}
		}
		header := http.Header{"Webhook-Id": {v.ID}}
		if err := p.Sign(header, []byte(v.Body), at); (err != nil) != (v.Secret == "") {
			t.Errorf("signing with %s: %v", cmp.Or(v.Secret, v.Public)[:6], err)
		} else if err == nil && header.Get("Webhook-Signature") != v.Signature {
			t.Errorf("signed as %v", header)
		}
	}
	for _, v := range all.Verify {
		p := custom(t, eitherName, plainEvent, "{}", Settings{Secrets: texts(v.Secret)})
		r := Request{Header: http.Header{"Webhook-Id": {all.Defaults.ID}, "Webhook-Signature": {v.Header}}, Body: []byte(all.Defaults.Body), ReceivedAt: time.Unix(v.Now, 0)}
		r.Header.Set("Webhook-Timestamp", strconv.FormatInt(all.Defaults.Timestamp, 10))
		if text, given := v.Timestamp.(string); given {
			r.Header.Set("Webhook-Timestamp", text)
		}
		if v.ID != nil {
			r.Header.Set("Webhook-Id", *v.ID)
		}
		_, err := p.Verify(r)
		if (err == nil) != v.OK {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	def := customDefinition(t, eitherName, plainEvent, "{}")
	for _, bad := range append(all.BadSecrets, "whpk_AAAA", "whsec_MfKQ9r8G|", "v2,whsec_MfKQ9r8G", "a b") {
		if _, err := newProvider("custom", def, Settings{Secrets: texts(bad)}); err == nil || bad != "" && strings.Contains(err.Error(), bad) && bad != "whsec_" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
