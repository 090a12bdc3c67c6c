// Package traffic makes signed deliveries as a sender of Authon's would, before a run:
// making them costs nothing while it is measured.
package traffic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Secret is what every delivery is signed with.
const Secret = "whsec_bench"

// Mix is what the deliveries are like. All shares are between 0 and 1.
type Mix struct {
	Host   string  // for the Host header
	Path   string  // where they are posted
	Users  int     // whom the deliveries are about, each as likely as the others
	Hot    float64 // share that is about one user
	Twice  float64 // share that repeats an earlier delivery to the byte
	Poison float64 // share that a database refuses
	Seed   uint64
}

// UserID names the user with a number.
func UserID(n int) string { return fmt.Sprintf("usr_%012x", n) }

// Make returns count requests, and how many of them are poisoned. They are about
// changes that follow each other by a microsecond from begin on, so that none is stale.
func (m Mix) Make(count int, begin time.Time) (requests [][]byte, poisoned int) {
	random := rand.New(rand.NewPCG(m.Seed, 1))
	mac := hmac.New(sha256.New, []byte(Secret))
	requests = make([][]byte, 0, count)
	for i := range count {
		if len(requests) > 64 && random.Float64() < m.Twice {
			// An earlier one that was most likely answered meanwhile.
			requests = append(requests, requests[random.IntN(len(requests)-64)])
			continue
		}
		user := random.IntN(m.Users)
		if random.Float64() < m.Hot {
			user = 0
		}
		name := "Jane Roe " + strconv.Itoa(i)
		if random.Float64() < m.Poison {
			name = Poison
			poisoned++
		}
		at := begin.Add(time.Duration(i) * time.Millisecond).UTC().Format("2006-01-02T15:04:05.000Z")
		id := UserID(user)
		body := fmt.Sprintf(`{"id":"evt_%012x","type":"user.updated","projectId":"proj_abc123","timestamp":%q,"data":{"user":{"id":%q,"projectId":"proj_abc123","email":"%s@example.com","displayName":%q,"avatarUrl":"https://cdn.example.com/a.png","phone":null,"emailVerified":true,"phoneVerified":false,"isBanned":false,"publicMetadata":null,"lastSignInAt":null,"signInCount":0,"createdAt":"2026-01-15T10:00:00.000Z","updatedAt":%q}}}`,
			m.Seed<<32|uint64(i), at, id, id, name, at)
		signedAt := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
		mac.Reset()
		mac.Write([]byte(signedAt + "." + body))
		requests = append(requests, fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Authon-Timestamp: %s\r\nX-Authon-Signature: v1=%s\r\nAccept: */*\r\nAccept-Language: *\r\nUser-Agent: node\r\nAccept-Encoding: gzip, deflate\r\nContent-Length: %d\r\n\r\n%s",
			m.Path, m.Host, signedAt, hex.EncodeToString(mac.Sum(nil)), len(body), body))
	}
	return requests, poisoned
}

// Poison is a name that the databases of the benchmark refuse: they have a constraint
// that says so.
const Poison = "poison"
