package providers

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"net/http"
	"strings"
	"time"
)

// hmacScheme is a signature in a header: an HMAC over the body, perhaps with a
// signed timestamp.
type hmacScheme struct {
	headers   []string // any one of them
	algorithm string   // sha256, sha512 or sha1
	content   []piece  // what is signed
	encoding  string   // hex or base64
	prefixes  []string // one of them stands before the signature
	member    string   // instead of a prefix: the name of the signatures in the list that the header holds
	timestamp *timestamp
	key       string // how the secret is written: raw, base64 or hex
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
	switch h.algorithm {
	case "sha1":
		return sha1.Size
	case "sha512":
		return sha512.Size
	default:
		return sha256.Size
	}
}

// readKey implements scheme.
func (h hmacScheme) readKey(written string) ([]key, error) { return encodedKey(h.key)(written) }

// sum computes the signature.
func (h *hmacScheme) sum(k key, timestamp string, body []byte) []byte {
	return h.appendSum(nil, &k, timestamp, body)
}

// appendSum appends it to dst. The timestamp is signed as it was received.
func (h *hmacScheme) appendSum(dst []byte, k *key, timestamp string, body []byte) []byte {
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
	return m.appendSum(dst)
}

// verify implements scheme. The age of the timestamp is looked at only after
// the signature matched: before, it is anybody's claim.
func (h hmacScheme) verify(r Request, keys []key) (Proof, error) {
	written, rejection := single(r.Header, h.headers...)
	if rejection != nil {
		return Proof{}, rejection
	}
	var room, sums [4 * sha512.Size]byte
	signatures, rejection := h.appendSignatures(room[:0], written)
	if rejection != nil {
		return Proof{}, rejection
	}
	var proof Proof
	if h.timestamp != nil {
		if proof.Timestamp, rejection = h.signedTime(r.Header, written); rejection != nil {
			return Proof{}, rejection
		}
	}
	for i := range keys {
		k := &keys[i]
		if k.public != nil { // of the element that this is an older form of
			continue
		}
		sum := h.appendSum(sums[:0], k, proof.Timestamp, r.Body)
		for rest := signatures; len(rest) > 0; rest = rest[len(sum):] {
			if hmac.Equal(rest[:len(sum)], sum) {
				proof.Fingerprint = k.fingerprint
			}
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

// signedTime reads the timestamp, from its own header or from the list.
func (h hmacScheme) signedTime(header http.Header, list string) (string, *Rejection) {
	if h.timestamp.member != "" {
		return headerList(list).one(h.headers[0], h.timestamp.member)
	}
	return single(header, h.timestamp.headers...)
}

// appendSignatures appends the bytes of the signatures, one behind the other, as they
// are written in the header.
func (h *hmacScheme) appendSignatures(all []byte, written string) ([]byte, *Rejection) {
	readable := true
	if h.member != "" {
		all, readable = h.listed(written)
	}
	for _, prefix := range h.prefixes {
		encoded, ok := strings.CutPrefix(written, prefix)
		if ok {
			all, ok = h.appendSignature(all, encoded)
		}
		if ok {
			break
		}
	}
	if readable && len(all) == 0 && h.member != "" {
		return nil, &Rejection{ReasonMalformed, "header " + h.headers[0] + " has no " + h.member + "="}
	}
	if !readable || len(all) == 0 {
		return nil, &Rejection{ReasonMalformed, "header " + h.headers[0] + " is not written as " + h.form()}
	}
	return all, nil
}

// listed reads those of a list. It may have members with other names, which are not
// ours to judge.
func (h *hmacScheme) listed(written string) (all []byte, readable bool) {
	readable = true
	headerList(written).each(func(name, value string) {
		if readable && name == h.member {
			all, readable = h.appendSignature(all, value)
		}
	})
	return all, readable
}

// appendSignature appends the bytes of one signature, if it has as many as it must.
func (h *hmacScheme) appendSignature(all []byte, encoded string) ([]byte, bool) {
	var longer []byte
	var err error
	if h.encoding == "base64" {
		longer, err = appendBase64(all, bytesOf(encoded))
	} else {
		longer, err = hex.AppendDecode(all, bytesOf(encoded))
	}
	if err != nil || len(longer)-len(all) != h.size() {
		return all, false
	}
	return longer, true
}

// form describes how the signature is written.
func (h hmacScheme) form() string {
	if h.member != "" {
		return "a list with " + h.member + "=<" + h.encoding + ">"
	}
	var forms []string
	for _, prefix := range h.prefixes {
		forms = append(forms, prefix+"<"+h.encoding+">")
	}
	return strings.Join(forms, " or ")
}

// sign implements scheme.
func (h hmacScheme) sign(header http.Header, body []byte, at time.Time, keys []key) error {
	timestamp, list := "", ""
	if h.timestamp != nil {
		timestamp = h.timestamp.write(header, at)
		if h.timestamp.member != "" {
			list = h.timestamp.member + "=" + timestamp + ","
		}
	}
	signature := h.sum(keys[0], timestamp, body)
	encoded := hex.EncodeToString(signature)
	if h.encoding == "base64" {
		encoded = base64.StdEncoding.EncodeToString(signature)
	}
	if h.member != "" {
		header.Set(h.headers[0], list+h.member+"="+encoded)
	} else {
		header.Set(h.headers[0], h.prefixes[0]+encoded)
	}
	return nil
}
