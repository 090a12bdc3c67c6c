package config

import (
	"errors"
	"math"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"usersync/internal/secret"
)

// The functions of this file make a value of its text. Their errors say what
// is wanted and never quote the text.

func parseText(text string) (any, error) { return text, nil }

func parseSecret(text string) (any, error) { return secret.New(text), nil }

func parseBool(text string) (any, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return nil, errors.New("want true or false")
	}
}

func parseCount(text string) (any, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 {
		return nil, errors.New("want a whole number that is not negative")
	}
	return n, nil
}

func parseSize(text string) (any, error) {
	n, err := humanize.ParseBytes(text)
	if err != nil || n > math.MaxInt64 {
		return nil, errors.New("want a size such as 512KiB, 1MiB or 10GB")
	}
	if n == 0 {
		return nil, errors.New("must be more than 0 bytes: write a size such as 1MiB")
	}
	return int64(n), nil
}

// ParseDuration reads the form of Go, and whole days such as 30d. It is not
// negative.
func ParseDuration(text string) (time.Duration, error) {
	if number, inDays := strings.CutSuffix(text, "d"); inDays {
		if days, err := strconv.ParseUint(number, 10, 16); err == nil { // 179 years fit
			return time.Duration(days) * day, nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, errors.New("want a duration with its unit, such as 500ms, 90s, 5m or 30d, not negative")
	}
	return d, nil
}

func parseDuration(text string) (any, error) {
	d, err := ParseDuration(text)
	if err != nil {
		return nil, err
	}
	return d, nil
}

func parsePrefix(text string) (any, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return nil, errors.New("want an IP address or a network such as 203.0.113.0/24")
	case prefix != prefix.Masked():
		return nil, errors.New("the address has bits beyond the length of the network: write the network's first address, or only the address without /length")
	case prefix.Addr().Is4In6():
		return nil, errors.New("write the network as IPv4, without ::ffff:")
	default:
		return prefix, nil
	}
}
