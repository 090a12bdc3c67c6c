package gormserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// tolerance is how old a signature may be, or how far ahead.
const tolerance = 5 * time.Minute

var errUnsigned = errors.New("the signature is missing, wrong or too old")

// verify proves a body against the secret.
func verify(secret string, header http.Header, body []byte, now time.Time) error {
	timestamp := header.Get("X-Authon-Timestamp")
	at, err := time.Parse(time.RFC3339, timestamp)
	if err != nil || now.Sub(at).Abs() > tolerance {
		return errUnsigned
	}
	given, err := hex.DecodeString(strings.TrimPrefix(header.Get("X-Authon-Signature"), "v1="))
	if err != nil {
		return errUnsigned
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp))
	mac.Write([]byte{'.'})
	mac.Write(body)
	if !hmac.Equal(mac.Sum(nil), given) {
		return errUnsigned
	}
	return nil
}

// event is the body of a delivery.
type event struct {
	ID        string    `json:"id"`
	Type      string    `json:"type"`
	ProjectID string    `json:"projectId"`
	Timestamp time.Time `json:"timestamp"`
	Data      struct {
		User struct {
			ID             string          `json:"id"`
			Email          *string         `json:"email"`
			DisplayName    *string         `json:"displayName"`
			AvatarURL      *string         `json:"avatarUrl"`
			Phone          *string         `json:"phone"`
			EmailVerified  *bool           `json:"emailVerified"`
			IsBanned       bool            `json:"isBanned"`
			PublicMetadata json.RawMessage `json:"publicMetadata"`
			LastSignInAt   *time.Time      `json:"lastSignInAt"`
			CreatedAt      *time.Time      `json:"createdAt"`
			UpdatedAt      time.Time       `json:"updatedAt"`
		} `json:"user"`
	} `json:"data"`
}

func decode(body []byte) (e event, err error) {
	if err := json.Unmarshal(body, &e); err != nil {
		return e, err
	}
	if e.ID == "" || e.Data.User.ID == "" || e.Timestamp.IsZero() {
		return e, errors.New("the event has no id, no user or no time")
	}
	return e, nil
}

// row is how the user looks after the event.
func (e event) row() User {
	u := e.Data.User
	row := User{
		ProviderUserID: u.ID, Email: u.Email, Name: u.DisplayName, AvatarURL: u.AvatarURL, Phone: u.Phone,
		EmailVerified: u.EmailVerified, TenantID: &e.ProjectID, Suspended: u.IsBanned,
		LastSignInAt: u.LastSignInAt, ProviderCreatedAt: u.CreatedAt, ProviderUpdatedAt: u.UpdatedAt,
	}
	if text := string(u.PublicMetadata); text != "" && text != "null" {
		row.Metadata = &text
	}
	return row
}
