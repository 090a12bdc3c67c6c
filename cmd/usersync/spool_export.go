package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"usersync/internal/spool"
	usersync "usersync/sync"
)

// exportedRequest is one line of an export. Body is the text of the request;
// base64 is set instead if it is no text.
type exportedRequest struct {
	Provider   string            `json:"provider"`
	ReceivedAt string            `json:"received_at"`
	Headers    map[string]string `json:"headers"`
	Body       string            `json:"body,omitempty"`
	Base64     []byte            `json:"base64,omitempty"`
}

func (p *program) spoolExportCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "export",
		Short: "Print what waits as JSON lines, and leave it there (bodies are personal data)",
		Args:  noWords,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.loadSpool(*dir, false)
			if err != nil {
				return err
			}
			if err := thereIsSpool(c); err != nil {
				return err
			}
			return p.exportSpool(c.Spool.Dir)
		},
	}
}

func (p *program) exportSpool(dir string) error {
	out := bufio.NewWriter(p.stdout)
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	damaged, err := spool.Each(dir, func(v usersync.Verified) error {
		line := exportedRequest{Provider: v.Provider, ReceivedAt: v.ReceivedAt.Time().Format("2006-01-02T15:04:05.000000Z07:00"), Headers: v.Headers}
		if utf8.Valid(v.Body) {
			line.Body = string(v.Body)
		} else {
			line.Base64 = v.Body
		}
		return encoder.Encode(line)
	})
	// What could be read is of use also if something could not.
	if err = errors.Join(err, out.Flush()); err != nil {
		return fmt.Errorf("export the spool: %w", err)
	}
	if damaged > 0 {
		return fmt.Errorf("export the spool: %d places could not be read: the next start of serve sets them aside", damaged)
	}
	return nil
}
