package models

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"hash"

	usersync "usersync/sync"
)

// erasureKey makes the hashes by which erased users are known: without it they
// tell nobody apart, although ids of users can be guessed.
type erasureKey []byte

// erasureKeySize is the length of a new key, hashSize that of what is stored.
const (
	erasureKeySize = 32
	erasedHashSize = 16
)

// errNoErasureKey is returned where the hashes of erased users are there and their
// key is not. Whatever is written then could bring somebody back.
var errNoErasureKey = errors.New("users were erased and the key of their hashes is missing: restore the table erasure_key from the backup that the database came from")

// hasher makes many hashes.
func (k erasureKey) hasher() erasedHasher { return erasedHasher{hmac.New(sha256.New, k)} }

type erasedHasher struct{ mac hash.Hash }

// of returns the hash of a user.
func (h erasedHasher) of(key usersync.UserKey) []byte {
	h.mac.Reset()
	h.mac.Write([]byte(key.Provider + "\n" + key.UserID))
	return h.mac.Sum(nil)[:erasedHashSize]
}
