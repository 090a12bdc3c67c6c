package fakeprovider

import (
	"encoding/json"
	"strings"
	"time"
)

// Status is what a provider thinks of a user, in AuthPI's words, which are the
// finest: the other providers show Suspended and Disabled as banned.
type Status string

// The statuses of AuthPI (documented). Suspended is blocked by an admin,
// Disabled is blocked for good, Deleted is a user that is kept and shown as such.
const (
	Active    Status = "active"
	Suspended Status = "suspended"
	Disabled  Status = "disabled"
	Deleted   Status = "deleted"
)

// User is all that any of the providers knows of a user. Empty texts and absent
// JSON are shown as null.
type User struct {
	ID         string
	ExternalID string
	Email      string
	Username   string
	Name       string
	AvatarURL  string
	Phone      string
	Role       string
	Status     Status
	BanReason  string
	Verified   bool
	Metadata   json.RawMessage
	Private    json.RawMessage
	SignIns    int
	LastSignIn time.Time
	Created    time.Time
	Updated    time.Time
	HardwareID string
	Region     string
}

// Banned reports whether the user may not sign in.
func (u User) Banned() bool { return u.Status == Suspended || u.Status == Disabled }

// names are the two parts that AuthPI keeps a name in.
func (u User) names() (first, last string) {
	first, last, _ = strings.Cut(u.Name, " ")
	return first, last
}

// login is the name that AuthPI signs a user in by, with its type.
func (u User) login() (kind, name string) {
	if u.Email != "" {
		return "email", u.Email
	}
	return "username", u.Username
}
