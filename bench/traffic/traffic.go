// Package traffic makes signed deliveries as a sender of Authon's would, before a run:
// making them costs nothing while it is measured.
package traffic

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"math/rand/v2"
	"strconv"
	"time"
)

// Secret is what every delivery is signed with.
const Secret = "whsec_bench"

// Poison is a name that the databases of the benchmark refuse where a scenario wants it:
// they have a constraint that says so.
const Poison = "poison"

// Step is the time from one event to the next.
const Step = time.Millisecond

// behind is how many deliveries lie at least between one and its repetition: more than
// any scenario has under way.
const behind = 1000

// Mix is what the deliveries are like. All shares are between 0 and 1.
type Mix struct {
	Host   string  // for the Host header
	Path   string  // where they are posted
	Users  int     // whom the deliveries are about, each as likely as the others
	Hot    float64 // share that is about one user
	Twice  float64 // share that repeats an earlier delivery to the byte
	Poison float64 // share that a database refuses
	Seed   uint64  // part of the events' ids: another one for each run on a database
}

// Deliveries are whole requests as they go over the wire, in the order in which they are
// to be sent, and which of them are out of the ordinary.
type Deliveries struct {
	Requests [][]byte
	Poisoned []int       // indices of Requests
	Repeated map[int]int // those that repeat an earlier one, and which
}

// First returns the index of the request of which that with index i is a repetition, of
// any other i.
func (d Deliveries) First(i int) int {
	for {
		earlier, repeats := d.Repeated[i]
		if !repeats {
			return i
		}
		i = earlier
	}
}

// Make returns count deliveries, signed now. Their events follow each other by Step from
// begin on: where that is later than all earlier runs, none is stale but those that
// overtake each other.
func (m Mix) Make(count int, begin time.Time) Deliveries {
	random := rand.New(rand.NewPCG(m.Seed, 1))
	mac := hmac.New(sha256.New, []byte(Secret))
	made := Deliveries{Requests: make([][]byte, 0, count), Repeated: map[int]int{}}
	for i := range count {
		if i > behind && random.Float64() < m.Twice {
			earlier := random.IntN(i - behind)
			made.Repeated[i] = earlier
			made.Requests = append(made.Requests, made.Requests[earlier])
			continue
		}
		user := random.IntN(m.Users)
		if random.Float64() < m.Hot {
			user = 0
		}
		name := "Jane Roe " + strconv.Itoa(i)
		if random.Float64() < m.Poison {
			name = Poison
			made.Poisoned = append(made.Poisoned, i)
		}
		id := fmt.Sprintf("evt_%012x", m.Seed<<32|uint64(i))
		made.Requests = append(made.Requests, m.request(mac, Event(id, user, name, begin.Add(time.Duration(i)*Step))))
	}
	return made
}

// request signs a body.
func (m Mix) request(mac hash.Hash, body string) []byte {
	signedAt := time.Now().UTC().Format(timeForm)
	mac.Reset()
	mac.Write([]byte(signedAt + "." + body))
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nX-Authon-Timestamp: %s\r\nX-Authon-Signature: v1=%s\r\nAccept: */*\r\nAccept-Language: *\r\nUser-Agent: node\r\nAccept-Encoding: gzip, deflate\r\nContent-Length: %d\r\n\r\n%s",
		m.Path, m.Host, signedAt, hex.EncodeToString(mac.Sum(nil)), len(body), body)
}
