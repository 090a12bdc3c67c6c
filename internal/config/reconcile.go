package config

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
)

// Reconcile says how the table is compared with a provider's whole list.
type Reconcile struct {
	Every      *time.Duration `koanf:"every"`       // how often serve does it; 0 and nil are never
	MaxDeletes Share          `koanf:"max_deletes"` // more deletions than this are held back
}

// ReconcileOf is what holds for one provider.
func (c *Config) ReconcileOf(provider string) (every time.Duration, maxDeletes Share) {
	own := c.Providers[provider].Reconcile
	if given := cmp.Or(own.Every, c.Reconcile.Every); given != nil {
		every = *given
	}
	if maxDeletes = own.MaxDeletes; !maxDeletes.given {
		maxDeletes = c.Reconcile.MaxDeletes
	}
	return every, maxDeletes
}

// Share is a number of users, or a share of all. The zero Share is none.
type Share struct {
	count   int64
	percent float64
	given   bool
}

// defaultDeletes is 10 users or 1 %, whichever is more.
var defaultDeletes = Share{count: 10, percent: 1}

// Of returns how many users of so many that is.
func (s Share) Of(users int64) int64 {
	return max(s.count, int64(float64(users)*s.percent/100))
}

// String is the text that parseShare reads; of the default it says both parts.
func (s Share) String() string {
	percent := strconv.FormatFloat(s.percent, 'f', -1, 64) + "%"
	switch {
	case s.percent == 0:
		return strconv.FormatInt(s.count, 10)
	case s.count == 0:
		return percent
	default:
		return strconv.FormatInt(s.count, 10) + " or " + percent
	}
}

func parseShare(text string) (any, error) { return ParseShare(text) }

// ParseShare reads a whole number or a percentage.
func ParseShare(text string) (Share, error) {
	wrong := errors.New("want a number of users such as 50, or a share such as 2%")
	if number, isShare := strings.CutSuffix(text, "%"); isShare {
		percent, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(percent >= 0 && percent <= 100) {
			return Share{}, wrong
		}
		return Share{percent: percent, given: true}, nil
	}
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil || count < 0 {
		return Share{}, wrong
	}
	return Share{count: count, given: true}, nil
}
