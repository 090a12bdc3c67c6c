package providers

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// webhookScheme is that of Standard Webhooks 1.0 (spec/standard-webhooks.md of
// github.com/standard-webhooks/standard-webhooks): an id, a timestamp and
// signatures in three headers that begin alike. Some senders write older names.
type webhookScheme struct {
	prefixes []string // of the headers; which are judged is told by the first whose signature is there
	// stamp has the headers of the timestamp in the order of the prefixes.
	stamp *timestamp
}

// maxSignatures bounds the work for one request: a sender has one signature for
// each of its keys.
const maxSignatures = 32

func (w webhookScheme) id(i int) string        { return w.prefixes[i] + "-Id" }
func (w webhookScheme) signature(i int) string { return w.prefixes[i] + "-Signature" }

// ids returns the names of the headers of the id, in the order of the prefixes.
func (w webhookScheme) ids() (names []string) {
	for i := range w.prefixes {
		names = append(names, w.id(i))
	}
	return names
}

// credentials implements scheme.
func (w webhookScheme) credentials() (names []string) {
	for i := range w.prefixes {
		names = append(names, w.signature(i))
	}
	return names
}

// readKey implements scheme.
func (w webhookScheme) readKey(written string) ([]key, error) { return webhookKeys(written) }

// verify implements scheme.
func (w webhookScheme) verify(r Request, keys []key) (Proof, error) {
	i := 0
	for n := range w.prefixes {
		if len(r.Header.Values(w.signature(n))) > 0 {
			i = n
			break
		}
	}
	written, rejection := single(r.Header, w.signature(i))
	if rejection != nil {
		return Proof{}, rejection
	}
	var proof Proof
	if proof.ID, rejection = messageID(r.Header, w.id(i)); rejection != nil {
		return Proof{}, rejection
	}
	if proof.Timestamp, rejection = single(r.Header, w.stamp.headers[i]); rejection != nil {
		return Proof{}, rejection
	}
	signatures, ok := webhookSignatures(written)
	if !ok {
		return Proof{}, &Rejection{ReasonMalformed, "header " + w.signature(i) + " is no list of signatures such as v1,<base64>"}
	}
	content := webhookContent{proof.ID, proof.Timestamp, r.Body}
	for i := range keys {
		if content.matches(&keys[i], signatures) {
			proof.Fingerprint = keys[i].fingerprint
		}
	}
	if proof.Fingerprint == "" {
		return Proof{}, &Rejection{ReasonMismatch, "no signature in " + w.signature(i) + " fits one of the configured secrets"}
	}
	// The age of a time that nobody signed says nothing: so it comes last.
	if rejection = w.stamp.check(proof.Timestamp, r.ReceivedAt); rejection != nil {
		return Proof{}, rejection
	}
	return proof, nil
}

// messageID reads the id of a message.
func messageID(header http.Header, name string) (string, *Rejection) {
	id, rejection := single(header, name)
	printable := !strings.ContainsFunc(id, func(c rune) bool { return c <= ' ' || c > '~' })
	if rejection == nil && (id == "" || len(id) > maxID || !printable) {
		rejection = &Rejection{ReasonMalformed, fmt.Sprintf("header %s is no id of up to %d printable characters", name, maxID)}
	}
	return id, rejection
}

// webhookSignature is one of a list.
type webhookSignature struct {
	version string
	bytes   []byte
}

// webhookSignatures reads the list. What is not base64 is passed over, and so is
// a version that nobody knows: a sender may be ahead of us. Some senders put a
// comma before the space between two signatures.
func webhookSignatures(written string) (all []webhookSignature, ok bool) {
	for one := range strings.FieldsSeq(written) {
		version, encoded, paired := strings.Cut(strings.TrimSuffix(one, ","), ",")
		signature, err := paddedBase64.DecodeString(encoded)
		if !paired || err != nil || len(signature) == 0 {
			continue
		}
		if all = append(all, webhookSignature{version, signature}); len(all) > maxSignatures {
			return nil, false
		}
	}
	return all, len(all) > 0
}

// webhookContent is what is signed.
type webhookContent struct {
	id, timestamp string
	body          []byte
}

// appendSum appends a signature of the version v1 to dst.
func (c *webhookContent) appendSum(dst []byte, k *key) []byte {
	states := k.macs.of("sha256")
	m := states.Get().(*mac)
	defer states.Put(m)
	m.Reset()
	m.writeString(c.id)
	m.writeString(".")
	m.writeString(c.timestamp)
	m.writeString(".")
	m.Write(c.body)
	return m.appendSum(dst)
}

// matches reports whether one of the signatures is of the key. Which version a
// key verifies is a matter of the key, never of the request.
func (c *webhookContent) matches(k *key, signatures []webhookSignature) (found bool) {
	if k.public != nil {
		message := append([]byte(c.id+"."+c.timestamp+"."), c.body...)
		for _, s := range signatures {
			found = found || s.version == "v1a" && len(s.bytes) == ed25519.SignatureSize && ed25519.Verify(k.public, message, s.bytes)
		}
		return found
	}
	var room [sha256.Size]byte
	sum := c.appendSum(room[:0], k)
	for _, s := range signatures {
		found = found || s.version == "v1" && hmac.Equal(s.bytes, sum)
	}
	return found
}

// sign implements scheme. An id that is there already is that of the message.
func (w webhookScheme) sign(header http.Header, body []byte, at time.Time, keys []key) error {
	k, err := signing(keys)
	if err != nil {
		return err
	}
	text := w.stamp.write(header, at)
	id := header.Get(w.id(0))
	if id == "" {
		id = "msg_" + strings.TrimPrefix(hashID(text+"."+string(body)), "sha256-")
		header.Set(w.id(0), id)
	}
	content := webhookContent{id, text, body}
	sum := content.appendSum(nil, &k)
	header.Set(w.signature(0), "v1,"+base64.StdEncoding.EncodeToString(sum))
	return nil
}
