package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"usersync/internal/config"
	"usersync/internal/logtest"
)

// A certificate that cannot be used is known before the database is touched
// and before anybody is told that the daemon is ready.
func TestServeReadsTheCertificateFirst(t *testing.T) {
	t.Parallel()
	certFile, keyFile, _ := selfSigned(t, time.Now().Add(time.Hour))
	database := filepath.Join(t.TempDir(), "usersync.db")
	file := writeConfig(t, "sqlite:"+database, fmt.Sprintf("tls:\n  cert_file: %s\n  key_file: %s\n", keyFile, certFile))
	code, _, errs := runProgram(t, "serve", "--config", file)
	if code != exitFailed || !strings.Contains(errs, "check tls.cert_file and tls.key_file") || strings.Contains(errs, `"ready"`) {
		t.Errorf("exit code %d\n%s", code, errs)
	}
	if _, err := os.Stat(database); !os.IsNotExist(err) {
		t.Errorf("the database: %v", err)
	}
}

// An end with an error is no information but an error.
func TestStoppedWithAnErrorIsAnError(t *testing.T) {
	t.Parallel()
	for level, broken := range map[string]bool{"info": false, "error": true} {
		c, err := config.Load(config.Options{File: writeConfig(t, databaseURLs["sqlite"](t), ""), NeedProviders: true})
		if err != nil {
			t.Fatal(err)
		}
		log := &logtest.Log{}
		d, err := newDaemon(t.Context(), c, zerolog.New(log))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		if broken {
			d.public.Close() // what it serves on is gone
		} else {
			stop()
		}
		err = d.run(ctx)
		if (err != nil) != broken {
			t.Errorf("broken %v: %v", broken, err)
		}
		last := log.String()[strings.LastIndex(strings.TrimSpace(log.String()), "\n")+1:]
		if !strings.HasPrefix(last, `{"level":"`+level+`"`) || !strings.Contains(last, `"message":"stopped"`) {
			t.Errorf("want %s: %s", level, last)
		}
	}
}
