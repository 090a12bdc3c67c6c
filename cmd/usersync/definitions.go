package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"usersync/providers"
)

func (p *program) definitionsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "definitions",
		Short: "Show what providers are made of, and try a definition",
		Args:  knownCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.definitionsListCommand(), p.definitionsShowCommand(), p.definitionsTryCommand())
	return cmd
}

func (p *program) definitionsListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List the built-in types and what each can do",
		Args:  noWords,
		RunE: func(*cobra.Command, []string) error {
			all := []providers.Capabilities{}
			for _, typ := range providers.Types() {
				can, err := providers.CapabilitiesOf(typ)
				if err != nil {
					return err
				}
				all = append(all, can)
			}
			return p.print(all, func(w io.Writer) {
				rows := [][]string{{"TYPE", "PROVIDER", "CREDENTIALS", "BACKFILL", "FETCH", "WRITE", "WEBHOOKS", "VARIANTS"}}
				for _, can := range all {
					rows = append(rows, []string{
						can.Type, can.Name, credentialsOf(can), yes(can.List), yes(can.Fetch), yes(can.Write), yes(can.Webhooks), strings.Join(can.Variants, ", "),
					})
				}
				writeTable(w, rows)
			})
		},
	}
}

// credentialsOf are the keys of the settings, and what needs none.
func credentialsOf(can providers.Capabilities) string {
	all := can.Secrets
	if can.PublicKeys {
		all = append(slices.Clone(all), "public keys")
	}
	return strings.Join(all, ", ")
}

func yes(can bool) string {
	if can {
		return "yes"
	}
	return "-"
}

func (p *program) definitionsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show TYPE",
		Short: "Print the YAML of a built-in type; with --json what it can do",
		Args:  words("TYPE"),
		RunE: func(_ *cobra.Command, arguments []string) error {
			typ := arguments[0]
			if !slices.Contains(providers.Types(), typ) {
				return usageError{unknownType(typ)}
			}
			text, err := providers.Source(typ)
			if err != nil {
				return err
			}
			can, err := providers.CapabilitiesOf(typ)
			if err != nil {
				return err
			}
			return p.print(can, func(w io.Writer) { fmt.Fprintf(w, "%s", text) })
		},
	}
}

func unknownType(typ string) error {
	return fmt.Errorf("there is no type %q: choose one of %s", typ, strings.Join(providers.Types(), ", "))
}
