package providers

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	usersync "usersync/sync"
)

// hmacScheme is a signature in a header: an HMAC over the body, perhaps with a
// signed timestamp.
type hmacScheme struct {
	headers   []string // any one of them
	algorithm string   // sha256 or sha512
	content   []piece  // what is signed
	encoding  string   // hex or base64
	prefixes  []string // one of them stands before the signature
	timestamp *timestampHeader
}

// timestampHeader is a timestamp that the signature covers.
type timestampHeader struct {
	name      string
	format    timeFormat
	tolerance time.Duration // 0: its age does not matter
}

// piece is a part of the signed content.
type piece struct {
	kind    pieceKind
	literal string
}

type pieceKind uint8

const (
	pieceLiteral pieceKind = iota
	pieceTimestamp
	pieceBody
)

// size is how many bytes a signature has.
func (h hmacScheme) size() int {
	if h.algorithm == "sha512" {
		return sha512.Size
	}
	return sha256.Size
}

// sum computes the signature. The timestamp is signed as it was received.
func (h hmacScheme) sum(k key, timestamp string, body []byte) []byte {
	states := k.macs.of(h.algorithm)
	m := states.Get().(*mac)
	defer states.Put(m)
	m.Reset()
	for _, p := range h.content {
		switch p.kind {
		case pieceTimestamp:
			m.writeString(timestamp)
		case pieceBody:
			m.Write(body)
		default:
			m.writeString(p.literal)
		}
	}
	return m.Sum(nil)
}

// verify implements scheme. The age of the timestamp is looked at only after
// the signature matched: before, it is anybody's claim.
func (h hmacScheme) verify(r Request, keys []key) (Proof, *Rejection) {
	written, rejection := single(r.Header, h.headers...)
	if rejection != nil {
		return Proof{}, rejection
	}
	signature, rejection := h.decode(written)
	if rejection != nil {
		return Proof{}, rejection
	}
	var proof Proof
	if h.timestamp != nil {
		if proof.Timestamp, rejection = single(r.Header, h.timestamp.name); rejection != nil {
			return Proof{}, rejection
		}
	}
	for _, k := range keys {
		if hmac.Equal(signature, h.sum(k, proof.Timestamp, r.Body)) {
			proof.Fingerprint = k.fingerprint
		}
	}
	if proof.Fingerprint == "" {
		return Proof{}, &Rejection{ReasonMismatch, "the signature in " + h.headers[0] + " fits none of the configured secrets"}
	}
	if h.timestamp != nil {
		if rejection = h.timestamp.check(proof.Timestamp, r.ReceivedAt); rejection != nil {
			return Proof{}, rejection
		}
	}
	return proof, nil
}

// decode reads the bytes of a signature as it is written in the header.
func (h hmacScheme) decode(written string) ([]byte, *Rejection) {
	for _, prefix := range h.prefixes {
		encoded, ok := strings.CutPrefix(written, prefix)
		if !ok {
			continue
		}
		var signature []byte
		var err error
		if h.encoding == "base64" {
			signature, err = decodeBase64(encoded)
		} else {
			signature, err = hex.DecodeString(encoded)
		}
		if err == nil && len(signature) == h.size() {
			return signature, nil
		}
	}
	return nil, &Rejection{ReasonMalformed, "header " + h.headers[0] + " is not written as " + h.form()}
}

// decodeBase64 reads base64 with its padding or without any.
func decodeBase64(encoded string) ([]byte, error) {
	if strings.HasSuffix(encoded, "=") {
		return base64.StdEncoding.Strict().DecodeString(encoded)
	}
	return base64.RawStdEncoding.Strict().DecodeString(encoded)
}

// form describes how the signature is written.
func (h hmacScheme) form() string {
	var forms []string
	for _, prefix := range h.prefixes {
		forms = append(forms, prefix+"<"+h.encoding+">")
	}
	return strings.Join(forms, " or ")
}

// check compares the signed timestamp with our clock.
func (t *timestampHeader) check(timestamp string, now time.Time) *Rejection {
	if t.tolerance == 0 {
		return nil
	}
	at, ok := t.format.parse(timestamp)
	if !ok {
		return &Rejection{ReasonMalformed, "header " + t.name + " is no time (" + string(t.format) + ")"}
	}
	age := time.Duration(usersync.MicrosOf(now)-at) * time.Microsecond
	if gap := usersync.MicrosOf(now) - at; gap/1e6 > 1<<32 || gap/1e6 < -1<<32 { // more than a Duration holds
		age = time.Duration(1<<63 - 1)
		if gap < 0 {
			age = -age
		}
	}
	switch {
	case age > t.tolerance:
		return &Rejection{ReasonTooOld, "signed " + age.String() + " ago, tolerance " + t.tolerance.String()}
	case -age > t.tolerance:
		return &Rejection{ReasonTooNew, "signed " + (-age).String() + " ahead of our clock, tolerance " + t.tolerance.String()}
	default:
		return nil
	}
}

// sign implements scheme.
func (h hmacScheme) sign(header http.Header, body []byte, at time.Time, k key) {
	timestamp := ""
	if h.timestamp != nil {
		timestamp = h.timestamp.format.write(at)
		header.Set(h.timestamp.name, timestamp)
	}
	signature := h.sum(k, timestamp, body)
	encoded := hex.EncodeToString(signature)
	if h.encoding == "base64" {
		encoded = base64.StdEncoding.EncodeToString(signature)
	}
	header.Set(h.headers[0], h.prefixes[0]+encoded)
}
