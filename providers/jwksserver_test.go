package providers

import (
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/go-jose/go-jose/v4"
)

// jwksServer serves a set of public keys, which can be changed, and counts how
// often it is asked. It answers as another handler does if that is set.
type jwksServer struct {
	*httptest.Server
	asked  atomic.Int64
	set    atomic.Pointer[jose.JSONWebKeySet]
	answer atomic.Pointer[http.HandlerFunc]
}

func startJWKS(t testing.TB, set jose.JSONWebKeySet) *jwksServer {
	t.Helper()
	s := &jwksServer{}
	s.set.Store(&set)
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *jwksServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.asked.Add(1)
	if answer := s.answer.Load(); answer != nil {
		(*answer)(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(s.set.Load()) // to a test that sees what came
}

// publishes makes settings take the public keys of the folder's jwks.json, as
// edit changes them, from a server of their own.
func (rec recording) publishes(t testing.TB, s *Settings, edit func(jose.JSONWebKeySet) jose.JSONWebKeySet) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", rec.typ, "jwks.json"))
	if err != nil || rec.golden.Credentials != nil && !slices.Contains(rec.golden.Credentials, "jwks") {
		return
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil {
		t.Fatal(err)
	}
	s.JWT.JWKSURL = startJWKS(t, edit(set)).URL
}

// rsaKey makes one key for all tests, because that takes a while.
var rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return k
})

// otherKeys are keys of the same names, which signed nothing.
func otherKeys(set jose.JSONWebKeySet) (other jose.JSONWebKeySet) {
	for _, k := range set.Keys {
		other.Keys = append(other.Keys, jose.JSONWebKey{Key: &rsaKey().PublicKey, KeyID: k.KeyID, Use: "sig"})
	}
	return other
}
