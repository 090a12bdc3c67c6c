package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"usersync/providers"
)

// selfSigned writes a certificate for 127.0.0.1 and its key.
func selfSigned(t *testing.T, until time.Time) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	write := func(name, kind string, data []byte) string {
		text := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: data})
		if kind == "CERTIFICATE" {
			pool.AppendCertsFromPEM(text)
		}
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	return write("tls.crt", "CERTIFICATE", certificate), write("tls.key", "PRIVATE KEY", private), pool
}

func TestServesHTTPSItself(t *testing.T) {
	t.Parallel()
	certFile, keyFile, pool := selfSigned(t, time.Now().Add(time.Hour))
	daemon := startDaemon(t, databaseURLs["sqlite"](t), fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", certFile, keyFile))
	header, body, err := daemon.providers["authon_pro"].Build("user.created", providers.Sample{UserID: "u", EventID: "e", Time: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	defer client.CloseIdleConnections()
	daemon.url = strings.Replace(daemon.url, "http://", "https://", 1)
	if status, answer := daemon.post(client, "authon_pro", header, body); status != http.StatusOK {
		t.Errorf("%d %s", status, answer)
	}
	if code, out, _ := daemon.run("check"); code != exitOK || !strings.Contains(out, "certificate valid until") {
		t.Errorf("check: exit code %d\n%s", code, out)
	}
}

func TestCheckFindsAnExpiredCertificate(t *testing.T) {
	t.Parallel()
	certFile, keyFile, _ := selfSigned(t, time.Now().Add(-24*time.Hour))
	for name, extra := range map[string]string{
		"expired": fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", certFile, keyFile),
		"swapped": fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", keyFile, certFile),
	} {
		file := writeConfig(t, databaseURLs["sqlite"](t), extra)
		if code, out, errs := runProgram(t, "check", "--config", file); code != exitFailed || !strings.Contains(out, "FAILED tls") {
			t.Errorf("%s: exit code %d\n%s%s", name, code, out, errs)
		}
	}
}
