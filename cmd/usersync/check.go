package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/models"
)

// clockTolerance is how far our clock and the database's may lie apart: times
// of both are compared when a suspension ends.
const clockTolerance = 5 * time.Second

// finding is one line of the check.
type finding struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
}

func (p *program) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check configuration, database, grants, secrets and clocks",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.check(cmd.Context()) },
	}
}

func (p *program) check(ctx context.Context) (err error) {
	c, err := p.load(true)
	if err != nil {
		return err
	}
	findings := []finding{{"configuration", true, fmt.Sprintf("%d providers", len(c.Built))}}
	for _, warning := range c.Warnings {
		findings = append(findings, finding{"warning", true, warning})
	}
	if c.TLS.Enabled() {
		findings = append(findings, checkCertificate(c.TLS))
	}
	db, err := openDatabase(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	findings = append(findings, checkDatabase(ctx, db, c.Database.Migrate)...)

	passed := true
	for _, f := range findings {
		passed = passed && f.OK
	}
	if err := p.print(findings, func(w io.Writer) {
		for _, f := range findings {
			fmt.Fprintf(w, "%-6s %-14s %s\n", map[bool]string{true: "ok", false: "FAILED"}[f.OK], f.Name, f.Detail)
		}
	}); err != nil {
		return err
	}
	if !passed {
		return failure(exitFailed)
	}
	return nil
}

// checkCertificate reads the certificate and its key as serve will.
func checkCertificate(files config.TLS) finding {
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	switch {
	case err != nil:
		return finding{"tls", false, err.Error() + ": check tls.cert_file and tls.key_file"}
	case time.Now().After(pair.Leaf.NotAfter):
		return finding{"tls", false, "the certificate expired on " + pair.Leaf.NotAfter.Format(time.DateOnly) + ": renew it"}
	default:
		return finding{"tls", true, "certificate valid until " + pair.Leaf.NotAfter.Format(time.DateOnly)}
	}
}

// checkDatabase asks a database everything that the daemon relies on.
func checkDatabase(ctx context.Context, db *models.DB, migrates bool) []finding {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := db.Ping(ctx); err != nil {
		return []finding{{"database", false, err.Error() + ": check database.url, the network and the password"}}
	}
	findings := []finding{{"database", true, string(db.Dialect()) + " answers"}}
	found := func(name string, err error, ok bool, fine, bad string) {
		f := finding{name, ok && err == nil, fine}
		switch {
		case err != nil:
			f.Detail = err.Error()
		case !ok:
			f.Detail = bad
		}
		findings = append(findings, f)
	}

	now, err := db.Clock(ctx)
	apart := time.Since(now).Abs()
	found("clock", err, apart <= clockTolerance, "within "+clockTolerance.String()+" of the database's",
		fmt.Sprintf("%s away from the database's: run a time service on both machines", apart.Round(time.Second)))

	pending, err := db.Pending(ctx)
	switch {
	case err == nil && pending > 0 && migrates:
		findings = append(findings, finding{"migrations", true, fmt.Sprintf("%d pending: serve will apply them", pending)})
		return findings
	default:
		found("migrations", err, pending == 0, "up to date", fmt.Sprintf("%d pending: run `usersync migrate up`", pending))
	}
	if err == nil && pending == 0 {
		missing, err := db.MissingGrants(ctx)
		found("grants", err, len(missing) == 0, "complete", "missing "+strings.Join(missing, ", ")+": `usersync migrate print` shows the statements")
	}
	return findings
}
