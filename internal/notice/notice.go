package notice

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"usersync/internal/alarm"
	usersync "usersync/sync"
)

// Type is what a notice says of an alarm.
type Type string

// The types.
const (
	Raised  Type = "usersync.alarm.raised" // also of one that has become critical, or still stands
	Cleared Type = "usersync.alarm.cleared"
	Test    Type = "usersync.alarm.test"
)

// Notice is one thing to tell.
type Notice struct {
	Type       Type
	Alarm      alarm.Alarm
	Repetition int64 // how many times repeat has passed since it was raised
	At         time.Time
}

// Sender is who tells.
type Sender struct {
	Replica string                   // the host's name
	URL     func(alarm.Alarm) string // the page that shows more
}

// ID is the same for every try and on every replica that sees the same trouble.
func (n *Notice) ID(s Sender) string { return n.id(s, n.grain(0)) }

// Claims are the ids of which a replica must be the first to claim each, in this order,
// before it tells: where the beginnings of one trouble differ among replicas, that is the
// id of the neighbouring beginning too. None means that nobody else tells it.
func (n *Notice) Claims(s Sender) []string {
	switch {
	case n.Alarm.Kind.Own() || n.Type == Test:
		return nil
	case n.Alarm.Kind.Grain() > 0:
		return []string{n.id(s, n.grain(-1)), n.ID(s)}
	default:
		return []string{n.ID(s)}
	}
}

// grain is the beginning as replicas share it.
func (n *Notice) grain(beside int64) int64 {
	seconds := n.Alarm.Since.Unix()
	if grain := int64(n.Alarm.Kind.Grain() / time.Second); grain > 0 {
		return seconds/grain + beside
	}
	return seconds
}

func (n *Notice) id(s Sender, since int64) string {
	what := fmt.Sprintf("%s\n%s\n%s\n%d\n%d", n.Type, n.Alarm.Kind, n.Alarm.Provider, since, n.Repetition)
	if n.Type == Raised {
		what += "\n" + string(n.Alarm.Severity)
	}
	if n.Alarm.Kind.Own() || n.Type == Test {
		what += "\n" + s.Replica
	}
	sum := sha256.Sum256([]byte(what))
	return "alarm_" + hex.EncodeToString(sum[:16])
}

type body struct {
	Type      Type      `json:"type"`
	Timestamp time.Time `json:"timestamp"`
	Data      data      `json:"data"`
}

type data struct {
	Kind     alarm.Kind     `json:"kind"`
	Provider string         `json:"provider"`
	Severity alarm.Severity `json:"severity"`
	Since    time.Time      `json:"since"`
	Text     string         `json:"text"`
	Remedy   string         `json:"remedy"`
	Replica  string         `json:"replica"`
	URL      string         `json:"url"`
}

// Message is the notice as it is sent. Every try has the same bytes.
func (n *Notice) Message(s Sender) (*usersync.Message, error) {
	a := &n.Alarm
	text, err := json.Marshal(body{n.Type, n.At.UTC().Truncate(time.Second), data{
		Kind: a.Kind, Provider: a.Provider, Severity: a.Severity, Since: a.Since.UTC().Truncate(time.Second),
		Text: a.Text, Remedy: a.Remedy, Replica: s.Replica, URL: s.URL(n.Alarm),
	}})
	if err != nil {
		return nil, err
	}
	return &usersync.Message{ID: n.ID(s), Body: text, ReceivedAt: usersync.MicrosOf(n.At)}, nil
}
