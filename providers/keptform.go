package providers

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
)

// keptForm says what a kept body is, where it is not what was sent. It is told
// by a header of ours that no sender can set.
type keptForm string

const (
	asSent      keptForm = ""
	keptClaims  keptForm = "claims"  // those of a token that was verified
	keptEvent   keptForm = "event"   // one of several in a request
	keptNothing keptForm = "nothing" // only why it was not understood
	// keptStructured is a CloudEvent that came in a batch, or in headers. Its
	// media type says so.
	keptStructured keptForm = structuredType
)

// keptHeader names the form of a kept body.
const keptHeader = "Usersync-Kept"

// unkept stands for a body that could not be redacted.
type unkept struct {
	Reason string `json:"reason"`
	Detail string `json:"detail"`
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// unread says what is kept of a body that cannot be read: all of it, unless
// there is something in it that must not be kept, which nobody can find then.
func (d *definition) unread(body []byte, form keptForm, wrong *problem) (unpacked, *problem) {
	if d.redaction == nil || textOf(body) == "null" {
		return unpacked{body: body, form: form}, wrong
	}
	sum := sha256.Sum256(body)
	told, err := json.Marshal(unkept{wrong.reason, wrong.detail, len(body), hex.EncodeToString(sum[:])})
	if err != nil {
		told = []byte("{}")
	}
	return unpacked{body: told, form: keptNothing}, wrong
}

// uncut says what is kept of a document that cannot be cut into events: what
// is redacted in one, and in the texts of one, is then not found for sure.
func (d *definition) uncut(u unpacked, wrong *problem) (unpacked, *problem) {
	if len(d.unpacking.embedded) > 0 {
		return d.unread(u.body, u.form, wrong)
	}
	return u, wrong
}

// notKept is why a body that was not kept was not understood.
func notKept(body []byte) *problem {
	var told unkept
	if json.Unmarshal(body, &told) != nil || told.Reason == "" {
		return &problem{badJSON, "the body was not kept"}
	}
	return &problem{told.Reason, told.Detail}
}
