package traffic

import (
	"fmt"
	"time"
)

// timeForm is how Authon writes a time.
const timeForm = "2006-01-02T15:04:05.000Z"

// UserID names the user with a number.
func UserID(n int) string { return fmt.Sprintf("usr_%012x", n) }

// Event is the body of a delivery that says how a user looks. But for the name and the
// time, a user looks the same in all of them: what changes with every event would have to
// be written to an index each time, by every contestant.
func Event(id string, user int, name string, at time.Time) string {
	who, when := UserID(user), at.UTC().Format(timeForm)
	return fmt.Sprintf(`{"id":%q,"type":"user.updated","projectId":"proj_abc123","timestamp":%q,"data":{"user":{"id":%q,"projectId":"proj_abc123","email":"%s@example.com","displayName":%q,"avatarUrl":"https://cdn.example.com/a.png","phone":null,"emailVerified":true,"phoneVerified":false,"isBanned":false,"publicMetadata":null,"lastSignInAt":null,"signInCount":0,"createdAt":"2026-01-15T10:00:00.000Z","updatedAt":%q}}}`,
		id, when, who, who, name, when)
}
