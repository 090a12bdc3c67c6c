package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// usageError is a mistake in the words of the command line.
type usageError struct{ error }

// noWords is for commands that take flags only.
func noWords(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("%s takes no arguments, and there is %q", cmd.Name(), words[0])}
}

// words is for commands that take exactly these.
func words(names ...string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, given []string) error {
		switch {
		case len(given) < len(names):
			return usageError{fmt.Errorf("%s: say %s", cmd.Name(), strings.Join(names, " and "))}
		case len(given) > len(names):
			return usageError{fmt.Errorf("%s: say %s and nothing more: there is also %q", cmd.Name(), strings.Join(names, " and "), given[len(names)])}
		}
		return nil
	}
}

// knownCommand is for commands that only hold others: a word that reaches them
// names none.
func knownCommand(cmd *cobra.Command, words []string) error {
	if len(words) == 0 {
		return nil
	}
	return unknownCommand(cmd, words[0])
}

func unknownCommand(parent *cobra.Command, word string) error {
	// As far as two typing errors; the library asks for nearness by itself.
	parent.SuggestionsMinimumDistance = 2
	hint := ""
	if meant := parent.SuggestionsFor(word); len(meant) > 0 {
		hint = ": did you mean " + strings.Join(meant, " or ") + "?"
	}
	return usageError{fmt.Errorf("unknown command %q%s", word, hint)}
}

// flagError words a flag that cannot be read, without the names of Go
// functions.
func flagError(_ *cobra.Command, err error) error {
	text, _, _ := strings.Cut(err.Error(), ": strconv.")
	return usageError{errors.New(text)}
}

// helpCommand replaces the library's, which takes an unknown command for a
// success.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND]",
		Short: "Help about a command",
		RunE: func(cmd *cobra.Command, words []string) error {
			topic, rest, err := cmd.Root().Find(words)
			if err == nil && len(rest) == 0 {
				return topic.Help()
			}
			return unknownCommand(topic, rest[0])
		},
	}
}

// helpFor names the command whose help explains a mistake.
func helpFor(cmd *cobra.Command) string {
	if cmd.Name() == "help" {
		cmd = cmd.Root()
	}
	return cmd.CommandPath()
}
