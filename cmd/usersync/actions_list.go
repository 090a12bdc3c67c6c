package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/action"
)

func (p *program) actionsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Show the actions that there are",
		Long: `Shows the actions that the configuration declares and those that are built in, and
which of them scripts.enabled_actions has. Of where they are sent only the host is
shown: the rest may be secret.`,
		Example: `  usersync actions list --json`,
		Args:    noWords,
		RunE: func(*cobra.Command, []string) error {
			c, err := p.load(true)
			if err != nil {
				return err
			}
			result := actionListing{Actions: []shownAction{}}
			enabled := func(id string) bool { return slices.Contains(c.Scripts.EnabledActions, id) }
			for _, id := range slices.Sorted(maps.Keys(c.BuiltActions)) {
				result.Actions = append(result.Actions, shownActionOf(c.BuiltActions[id], enabled(id)))
			}
			for _, id := range action.BuiltIn() {
				result.Actions = append(result.Actions, shownAction{ID: id, Category: "user", BuiltIn: true, Enabled: enabled(id), DependsOn: []string{}})
			}
			return p.print(result, result.text)
		},
	}
}

// actionListing is the result of actions list.
type actionListing struct {
	Actions []shownAction `json:"actions"`
}

// shownAction is an action as it is printed.
type shownAction struct {
	ID          string   `json:"id"`
	Label       string   `json:"label,omitempty"`
	Category    string   `json:"category,omitempty"`
	Description string   `json:"description,omitempty"`
	DependsOn   []string `json:"depends_on"`
	Host        string   `json:"host,omitempty"`
	BuiltIn     bool     `json:"built_in"`
	Enabled     bool     `json:"enabled"` // for scripts, by scripts.enabled_actions
}

func shownActionOf(a *action.Action, enabled bool) shownAction {
	return shownAction{
		ID: a.ID, Label: a.Label, Category: a.Category, Description: a.Description,
		DependsOn: append([]string{}, a.DependsOn...), Host: a.Host(), Enabled: enabled,
	}
}

func (r actionListing) text(w io.Writer) {
	rows := [][]string{{"ACTION", "CATEGORY", "LABEL", "NEEDS", "SENT TO", "ENABLED"}}
	for _, a := range r.Actions {
		host, enabled := cmp.Or(a.Host, "built in"), "no"
		if a.Enabled {
			enabled = "yes"
		}
		rows = append(rows, []string{a.ID, visibleLine(cmp.Or(a.Category, "-")), visibleLine(cmp.Or(a.Label, "-")), cmp.Or(strings.Join(a.DependsOn, " "), "-"), visibleLine(host), enabled})
	}
	writeTable(w, rows)
	if !slices.ContainsFunc(r.Actions, func(a shownAction) bool { return !a.BuiltIn }) {
		fmt.Fprintln(w, "none is declared: see actions in config.example.yaml")
	}
}
