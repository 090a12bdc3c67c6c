package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/providers"
)

func (p *program) schemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema [config|definition]",
		Short: "Print the JSON Schema of the configuration or of definitions, for editors",
		Long: `Prints a JSON Schema (draft 2020-12). Editors that know it complete keys, show
what they are for, and underline what is wrong:

  # yaml-language-server: $schema=usersync.schema.json`,
		Example: `  usersync schema > usersync.schema.json
  usersync schema definition > definition.schema.json`,
		Args: func(_ *cobra.Command, given []string) error {
			if kinds := []string{"config", "definition"}; len(given) > 1 || len(given) == 1 && !slices.Contains(kinds, given[0]) {
				return usageError{fmt.Errorf("schema: say %s, or nothing for config", strings.Join(kinds, " or "))}
			}
			return nil
		},
		RunE: func(_ *cobra.Command, arguments []string) error {
			schema, err := config.Schema()
			if slices.Contains(arguments, "definition") {
				schema, err = providers.Schema(false)
			}
			if err != nil {
				return err
			}
			encoder := json.NewEncoder(p.stdout)
			encoder.SetEscapeHTML(false)
			encoder.SetIndent("", "  ")
			return encoder.Encode(schema)
		},
	}
}
