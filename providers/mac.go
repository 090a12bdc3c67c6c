package providers

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"sync"
)

// macs lends out HMAC states of one secret: to key a state costs as much as to
// sign a short body, and one that is reset stays keyed.
//
// The secret itself stands in closures only: whoever prints a provider by
// mistake sees addresses.
type macs struct{ sha1, sha256, sha512 sync.Pool }

// mac is a keyed HMAC, and room for its sum.
type mac struct {
	hash.Hash
	room []byte
}

func newMACs(secret []byte) *macs {
	keyed := func(algorithm func() hash.Hash) func() any {
		return func() any { return &mac{Hash: hmac.New(algorithm, secret)} }
	}
	m := &macs{}
	m.sha1.New, m.sha256.New, m.sha512.New = keyed(sha1.New), keyed(sha256.New), keyed(sha512.New)
	return m
}

// of returns the states of an algorithm. Reset one before its use.
func (m *macs) of(algorithm string) *sync.Pool {
	switch algorithm {
	case "sha1":
		return &m.sha1
	case "sha512":
		return &m.sha512
	default:
		return &m.sha256
	}
}

// writeString adds a text to what is signed.
func (m *mac) writeString(s string) { m.Write(bytesOf(s)) }

// appendSum appends the sum to dst, which stays where it is: what a hash is given by
// itself moves to the heap.
func (m *mac) appendSum(dst []byte) []byte {
	m.room = m.Sum(m.room[:0])
	return append(dst, m.room...)
}
