package fakeprovider

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

const (
	idPrefix    = "usr_"
	emailPrefix = "user"
	emailDomain = "@example.com"
	// digits pads numbers so that ids sort like the users.
	digits = 7
)

// One in so many generated users is banned or has not verified the e-mail.
const (
	bannedEvery     = 50
	unverifiedEvery = 7
)

var (
	firstNames = []string{"Ada", "Zoë", "Łukasz", "Grace", "José", "Alan", "Yuki", "Barbara"}
	lastNames  = []string{"Lovelace", "Hopper", "O'Brien", "Nuñez", "Turing", "Liskov", "Sato"}
	plans      = []string{`{"plan":"free"}`, `{"plan":"pro","seats":5}`, `{"plan":"team","tags":["a","b"]}`}
)

// epoch is when the first user signed up.
var epoch = time.Unix(1_700_000_000, 0).UTC()

// generate makes the user that stands at a position: the same one each time.
func generate(position int) User {
	number := pad(position)
	user := User{
		ID:         idPrefix + number,
		Email:      emailPrefix + number + emailDomain,
		Username:   emailPrefix + number,
		Name:       firstNames[position%len(firstNames)] + " " + lastNames[position%len(lastNames)],
		AvatarURL:  "https://cdn.example.com/" + number + ".png",
		Role:       "user",
		Status:     Active,
		Verified:   position%unverifiedEvery != unverifiedEvery-1,
		Metadata:   []byte(plans[position%len(plans)]),
		SignIns:    position % 10,
		Created:    epoch.Add(time.Duration(position) * time.Second),
		HardwareID: "hwid-" + number,
		Region:     "eu",
	}
	user.Updated = user.Created.Add(time.Duration(position%86_400)*time.Second + 500*time.Millisecond)
	if user.SignIns > 0 {
		user.LastSignIn = user.Updated
	}
	if position%bannedEvery == bannedEvery-1 {
		user.Status, user.BanReason = Suspended, "abuse"
	}
	return user
}

// addedID names the nth user that was added without an id.
func addedID(n int) string { return fmt.Sprintf("%sadded%0*d", idPrefix, digits, n) }

func pad(number int) string {
	text := strconv.Itoa(number)
	if len(text) >= digits {
		return text
	}
	return "0000000"[:digits-len(text)] + text
}

// generatedAt is the position that a generated id or e-mail tells.
func generatedAt(text, prefix, suffix string, size int) (int, bool) {
	number, ok := strings.CutPrefix(text, prefix)
	if !ok {
		return 0, false
	}
	number, ok = strings.CutSuffix(number, suffix)
	if !ok {
		return 0, false
	}
	position, err := strconv.Atoi(number)
	return position, err == nil && position >= 0 && position < size && pad(position) == number
}
