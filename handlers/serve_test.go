package handlers_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/handlers"
	"usersync/internal/pulse"
	usersync "usersync/sync"
)

// What was accepted is finished; nothing more is accepted; and who asks the
// admin listener sees the daemon leave.
func TestShutdown(t *testing.T) {
	t.Parallel()
	begun, finish := make(chan struct{}), make(chan struct{})
	w := newSite(t, settings{options: handlers.Options{Sink: &fakeSink{answer: func(context.Context) (usersync.Outcome, error) {
		close(begun)
		<-finish
		return usersync.OutcomeApplied, nil
	}}}})
	answered := make(chan int, 1)
	go func() {
		status, _ := w.deliver(t, "good", "user")
		answered <- status
	}()
	<-begun
	w.stop()
	eventually(t, "readiness off", func() bool {
		answer, body := get(t, w.admin+"/readyz?verbose")
		return answer.StatusCode == http.StatusServiceUnavailable && strings.Contains(body, "shutting down")
	})
	eventually(t, "the public listener closed", func() bool {
		conn, err := net.Dial("tcp", w.public)
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	close(finish)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("the accepted delivery was answered with %d", status)
	}
}

// One server that fails stops the others, and its error is returned.
func TestServeFails(t *testing.T) {
	t.Parallel()
	broken, sound := listen(t), listen(t)
	broken.Close()
	h, log := handlers.NewHealth(), zerolog.Nop()
	admin := handlers.NewAdmin(handlers.AdminOptions{Metrics: handlers.NewMetrics("test", pulse.New(time.Now)), Health: h, Log: log})
	err := handlers.Serve(t.Context(), h,
		handlers.Binding{Server: handlers.NewServer("a", admin, log), Listener: broken},
		handlers.Binding{Server: handlers.NewServer("b", admin, log), Listener: sound})
	if !errors.Is(err, net.ErrClosed) {
		t.Errorf("error %v", err)
	}
	if !closed(sound) {
		t.Error("the other server still listens")
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile, pool := certificate(t)
	h, log := handlers.NewHealth(), zerolog.Nop()
	server := handlers.NewServer("tls", handlers.NewAdmin(handlers.AdminOptions{Metrics: handlers.NewMetrics("test", pulse.New(time.Now)), Health: h, Log: log}), log)
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() {
		done <- handlers.Serve(ctx, h, handlers.Binding{Server: server, Listener: l, CertFile: certFile, KeyFile: keyFile})
	}()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}}
	answer, err := client.Get("https://" + l.Addr().String() + "/livez")
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK || answer.ProtoMajor != 1 {
		t.Errorf("%s %s", answer.Proto, answer.Status)
	}
	if conn, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: pool, MaxVersion: tls.VersionTLS11}); err == nil {
		conn.Close()
		t.Error("TLS 1.1 was accepted")
	}
	client.CloseIdleConnections()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestTLSWithoutCertificate(t *testing.T) {
	t.Parallel()
	l := listen(t)
	h, log := handlers.NewHealth(), zerolog.Nop()
	server := handlers.NewServer("tls", http.NotFoundHandler(), log)
	err := handlers.Serve(t.Context(), h, handlers.Binding{Server: server, Listener: l, CertFile: filepath.Join(t.TempDir(), "none.pem")})
	if err == nil || !strings.Contains(err.Error(), "tls") {
		t.Errorf("error %v", err)
	}
	if !closed(l) {
		t.Error("the listener stayed open")
	}
}

// closed asks the listener itself: its port may be somebody else's by now.
func closed(l net.Listener) bool {
	return errors.Is(l.(*net.TCPListener).SetDeadline(time.Time{}), net.ErrClosed)
}

// certificate makes one for 127.0.0.1.
func certificate(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	pool = x509.NewCertPool()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	pool.AppendCertsFromPEM(cert)
	for file, text := range map[string][]byte{certFile: cert, keyFile: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})} {
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return certFile, keyFile, pool
}
