package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/spool"
)

// spoolStatus is what a directory holds, as it is printed.
type spoolStatus struct {
	Dir       string         `json:"dir"`
	Off       string         `json:"off,omitempty"` // why the daemon spools nothing
	Missing   bool           `json:"missing,omitempty"`
	Requests  int            `json:"requests"`
	Bytes     int64          `json:"bytes"`
	Limit     int64          `json:"limit_bytes"`
	Full      string         `json:"full,omitempty"` // why a usual request no longer fits
	OldestAt  *time.Time     `json:"oldest_at,omitempty"`
	Providers map[string]int `json:"providers"`
	Corrupt   []string       `json:"corrupt_files,omitempty"`
	Damaged   int            `json:"damaged_places,omitempty"`
	InUse     bool           `json:"in_use"`
	Holder    string         `json:"holder,omitempty"`
	Doubts    []string       `json:"doubts,omitempty"`

	drain string // the command that applies it
}

func (p *program) spoolStatusCommand(dir *string) *cobra.Command {
	return &cobra.Command{
		Use:   "status",
		Short: "Show what waits, also while the daemon runs",
		Args:  noWords,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.loadSpool(*dir, false)
			if err != nil {
				return err
			}
			return p.spoolStatus(c, *dir != "")
		},
	}
}

// spoolStatus shows the directory of the configuration, or one that was named.
func (p *program) spoolStatus(c *config.Config, named bool) error {
	if named {
		if err := thereIsSpool(c); err != nil {
			return err
		}
	}
	status, err := statusOf(c)
	if err != nil {
		return err
	}
	status.drain = "usersync spool drain"
	if named {
		status.drain += pasteDir(c.Spool.Dir)
	} else {
		status.Off = noSpool(c)
	}
	return p.print(status, status.text)
}

// statusOf looks into the directory of a configuration. One that does not exist
// is judged as it will be.
func statusOf(c *config.Config) (*spoolStatus, error) {
	dir, err := filepath.Abs(c.Spool.Dir)
	if err != nil {
		return nil, err
	}
	report, err := spool.Inspect(dir)
	missing := errors.Is(err, fs.ErrNotExist)
	if missing {
		report, err = &spool.Report{Providers: map[string]int{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	status := &spoolStatus{
		Dir: dir, Missing: missing, Requests: report.Records, Bytes: report.Bytes, Limit: c.Spool.MaxBytes, Providers: report.Providers,
		Damaged: report.Damaged, InUse: report.Held, Holder: report.Holder, Doubts: spool.Doubts(dir),
	}
	if full := spool.Full(dir, report.Bytes, spool.Options{MaxBytes: c.Spool.MaxBytes}); full != nil {
		status.Full = full.Error()
	}
	if report.Records > 0 {
		oldest := report.Oldest.Time()
		status.OldestAt = &oldest
	}
	for _, name := range report.CorruptFiles {
		status.Corrupt = append(status.Corrupt, filepath.Join(dir, name))
	}
	return status, nil
}

func (s *spoolStatus) text(w io.Writer) {
	rows := [][]string{}
	row := func(what, says string) { rows = append(rows, []string{what, says}) }
	if s.Off != "" {
		row("spool", s.Off)
	}
	switch {
	case s.Missing && s.Off == "":
		row("directory", s.Dir+" does not exist yet: serve makes it")
	case !s.Missing:
		row("directory", s.Dir)
		s.contents(row)
	}
	if s.Off == "" {
		for _, doubt := range s.Doubts {
			row("doubt", doubt)
		}
	}
	writeTable(w, rows)
}

// contents tells what a directory holds and what to do about it.
func (s *spoolStatus) contents(row func(what, says string)) {
	row("requests", strconv.Itoa(s.Requests))
	row("size", humanize.IBytes(uint64(s.Bytes))+" of "+humanize.IBytes(uint64(s.Limit)))
	if s.Full != "" {
		row("full", s.Full)
	}
	if s.OldestAt != nil {
		row("oldest", s.OldestAt.Format(time.RFC3339)+", "+humanize.Time(*s.OldestAt))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Providers)) {
		row("  "+visibleLine(name), strconv.Itoa(s.Providers[name]))
	}
	switch {
	case s.InUse:
		row("in use", "by process "+s.Holder+", which applies it by itself")
	case s.Requests > 0:
		row("in use", "by nobody: apply it with `"+s.drain+"`, or start serve with this spool.dir")
	}
	if s.Damaged > 0 {
		row("damaged", count(s.Damaged, "place")+" that cannot be read: serve and drain set them aside; a reconcile finds what they held")
	}
	for _, file := range s.Corrupt {
		row("corrupt", file+": could not be read; a reconcile finds what it held, then remove it")
	}
}
