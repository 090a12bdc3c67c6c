package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
)

// finding is one line of the check.
type finding struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning,omitempty"` // in order, but perhaps not what was meant
	Detail  string `json:"detail"`
}

func fine(name, detail string) finding   { return finding{Name: name, OK: true, Detail: detail} }
func failed(name, detail string) finding { return finding{Name: name, Detail: detail} }

// label is how a line begins.
func (f finding) label() string {
	switch {
	case !f.OK:
		return "FAILED"
	case f.Warning:
		return "WARN"
	default:
		return "ok"
	}
}

func (p *program) checkCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check",
		Short: "Check configuration, providers' APIs, database, spool, grants, secrets and clocks",
		Args:  noWords,
		RunE:  func(cmd *cobra.Command, _ []string) error { return p.check(cmd.Context()) },
	}
}

func (p *program) check(ctx context.Context) error {
	c, err := p.load(true)
	if err != nil {
		return errors.Join(p.printFaults(err), err)
	}
	findings := []finding{fine("configuration", count(len(c.Built), "provider"))}
	for _, warning := range append(c.Warnings, unscheduled(c)...) {
		findings = append(findings, finding{Name: "configuration", OK: true, Warning: true, Detail: warning})
	}
	if c.TLS.Enabled() {
		findings = append(findings, checkCertificate(c.TLS))
	}
	for _, name := range providerNames(c) {
		findings = append(findings, fine("definition", fmt.Sprintf("%s: %s", name, c.Built[name].Definition())))
	}
	findings = append(findings, checkHydration(c)...)
	findings = append(findings, checkAPIs(ctx, c)...)
	findings = append(findings, checkSpool(c)...)
	findings = append(findings, p.checkDatabase(ctx, c)...)

	passed := true
	for _, f := range findings {
		passed = passed && f.OK
	}
	if err := p.print(findings, func(w io.Writer) {
		for _, f := range findings {
			fmt.Fprintf(w, "%-6s %-14s %s\n", f.label(), f.Name, f.Detail)
		}
	}); err != nil {
		return err
	}
	if !passed {
		return failure(exitFailed)
	}
	return nil
}

// printFaults shows the faults of a configuration to a program that reads JSON.
// People read them on stderr.
func (p *program) printFaults(err error) error {
	if !p.json {
		return nil
	}
	findings := []finding{}
	var faults config.Faults
	if errors.As(err, &faults) {
		for _, fault := range faults {
			findings = append(findings, failed("configuration", fault.Error()))
		}
	} else {
		findings = append(findings, failed("configuration", err.Error()))
	}
	return p.print(findings, nil)
}

// checkCertificate reads the certificate and its key as serve will.
func checkCertificate(files config.TLS) finding {
	pair, err := loadCertificate(files)
	switch {
	case err != nil:
		return failed("tls", err.Error())
	case time.Now().After(pair.Leaf.NotAfter):
		return failed("tls", "the certificate expired on "+pair.Leaf.NotAfter.Format(time.DateOnly)+": renew it")
	default:
		return fine("tls", "certificate valid until "+pair.Leaf.NotAfter.Format(time.DateOnly))
	}
}

func loadCertificate(files config.TLS) (tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(files.CertFile, files.KeyFile)
	if err != nil {
		err = fmt.Errorf("%w: check tls.cert_file and tls.key_file", err)
	}
	return pair, err
}

// count is "1 provider", "2 providers".
func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
