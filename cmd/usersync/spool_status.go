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

	"usersync/internal/spool"
)

// spoolStatus is what a directory holds, as it is printed.
type spoolStatus struct {
	Dir       string         `json:"dir"`
	Requests  int            `json:"requests"`
	Bytes     int64          `json:"bytes"`
	OldestAt  *time.Time     `json:"oldest_at,omitempty"`
	Providers map[string]int `json:"providers"`
	Corrupt   []string       `json:"corrupt_files,omitempty"`
	Damaged   int            `json:"damaged_places,omitempty"`
	InUse     bool           `json:"in_use"`
	Holder    string         `json:"holder,omitempty"`
	Doubts    []string       `json:"doubts,omitempty"`
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
			status, err := statusOf(c.Spool.Dir)
			if err != nil {
				return err
			}
			return p.print(status, status.text)
		},
	}
}

func statusOf(dir string) (*spoolStatus, error) {
	report, err := spool.Inspect(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return &spoolStatus{Dir: dir, Providers: map[string]int{}}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	status := &spoolStatus{
		Dir: dir, Requests: report.Records, Bytes: report.Bytes, Providers: report.Providers,
		Damaged: report.Damaged, InUse: report.Held, Holder: report.Holder, Doubts: spool.Doubts(dir),
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
	rows := [][]string{{"directory", s.Dir}, {"requests", strconv.Itoa(s.Requests)}, {"size", humanize.IBytes(uint64(s.Bytes))}}
	if s.OldestAt != nil {
		rows = append(rows, []string{"oldest", s.OldestAt.Format(time.RFC3339) + ", " + humanize.Time(*s.OldestAt)})
	}
	for _, name := range slices.Sorted(maps.Keys(s.Providers)) {
		rows = append(rows, []string{"  " + name, strconv.Itoa(s.Providers[name])})
	}
	switch {
	case s.InUse:
		rows = append(rows, []string{"in use", "by process " + s.Holder + ", which applies it by itself"})
	case s.Requests > 0:
		rows = append(rows, []string{"in use", "by nobody: apply it with `usersync spool drain`"})
	}
	for _, file := range s.Corrupt {
		rows = append(rows, []string{"corrupt", file + ": could not be read; a reconcile finds what it held, then remove it"})
	}
	for _, doubt := range s.Doubts {
		rows = append(rows, []string{"doubt", doubt})
	}
	writeTable(w, rows)
}
