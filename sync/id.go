package usersync

import "crypto/sha1"

// UUID is the primary key of a users row.
type UUID [16]byte

// namespace is 5631bee5-fc99-5016-98c0-799020228ded. It is part of the public
// contract: apps compute row ids with it.
var namespace = UUID{0x56, 0x31, 0xbe, 0xe5, 0xfc, 0x99, 0x50, 0x16, 0x98, 0xc0, 0x79, 0x90, 0x20, 0x22, 0x8d, 0xed}

// ID returns the primary key of the user's row: the UUIDv5 (RFC 9562) of
// provider, line feed, user id. The same user has the same id in every
// installation and after every rebuild.
func (k UserKey) ID() UUID {
	var stack [96]byte
	name := append(stack[:0], namespace[:]...)
	name = append(name, k.Provider...)
	name = append(name, '\n')
	name = append(name, k.UserID...)
	sum := sha1.Sum(name)
	id := UUID(sum[:16])
	id[6] = id[6]&0x0f | 0x50
	id[8] = id[8]&0x3f | 0x80
	return id
}

// String returns the usual form with hyphens, in lower case.
func (id UUID) String() string {
	const digits = "0123456789abcdef"
	text := make([]byte, 0, 36)
	for i, b := range id {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			text = append(text, '-')
		}
		text = append(text, digits[b>>4], digits[b&15])
	}
	return string(text)
}
