package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/report"
)

// statusPath is where the admin listener tells how things stand.
const statusPath = "/api/v1/status"

func (p *program) alarmsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show the alarms of the running daemon",
		Long: `Asks the admin listener of the running daemon, with admin.token, which alarms stand,
and what to do about each. It ends with 3 if any stands, and with 1 if nobody can be
asked.`,
		Example: `  usersync alarms list
  usersync alarms list --json`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.load(false)
			if err != nil {
				return err
			}
			result, err := askStatus(cmd.Context(), c)
			if err != nil {
				return err
			}
			if err := p.print(result, result.text); err != nil {
				return err
			}
			if len(result.Alarms) > 0 {
				return failure(exitDrift)
			}
			return nil
		},
	}
}

// alarmListing is the result of alarms list.
type alarmListing struct {
	Replica string         `json:"replica"`
	Alarms  []report.Alarm `json:"alarms"`
	Trouble []string       `json:"trouble"` // what the daemon could not find out
}

// askStatus asks the daemon of a configuration.
func askStatus(ctx context.Context, c *config.Config) (*alarmListing, error) {
	if c.Admin.Token.Empty() {
		return nil, errors.New("set admin.token, for the daemon as well: without one it tells nobody")
	}
	url := "http://" + reachable(c.Admin.Listen) + statusPath
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.Admin.Token.Reveal())
	response, err := (&http.Client{Timeout: 5 * time.Second}).Do(request)
	if err != nil {
		return nil, fmt.Errorf("no daemon answers at %s: is `usersync serve` running with this configuration?", url)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusUnauthorized, http.StatusForbidden:
		return nil, fmt.Errorf("%s does not take admin.token: was it changed since the daemon started?", url)
	default:
		return nil, fmt.Errorf("%s answers with status %d: see the daemon's log", url, response.StatusCode)
	}
	result := &alarmListing{Alarms: []report.Alarm{}, Trouble: []string{}}
	if err := json.NewDecoder(io.LimitReader(response.Body, 16<<20)).Decode(result); err != nil {
		return nil, fmt.Errorf("%s answers what is no status of usersync: is it another program's?", url)
	}
	return result, nil
}

func (r *alarmListing) text(w io.Writer) {
	if len(r.Alarms) == 0 {
		fmt.Fprintln(w, "no alarm stands")
	} else {
		rows := [][]string{{"ALARM", "PROVIDER", "SEVERITY", "SINCE", "WHAT"}}
		for _, a := range r.Alarms {
			since := "-"
			if a.Since != nil {
				since = a.Since.UTC().Format(time.RFC3339)
			}
			rows = append(rows, []string{visibleLine(a.Kind), visibleLine(cmp.Or(a.Provider, "-")), visibleLine(a.Severity), since, visibleLine(a.Text)})
		}
		writeTable(w, rows)
		fmt.Fprintln(w)
		for _, a := range r.Alarms {
			fmt.Fprintf(w, "%s: %s\n", visibleLine(strings.TrimSpace(a.Kind+" "+a.Provider)), visibleLine(a.Remedy))
		}
	}
	for _, t := range r.Trouble {
		fmt.Fprintln(w, "not known:", visibleLine(t))
	}
}
