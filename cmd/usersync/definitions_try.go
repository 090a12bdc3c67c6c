package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/action"
	"usersync/internal/secret"
	"usersync/providers"
)

// tryFlags are the flags of definitions test.
type tryFlags struct {
	provider                               string
	secret, secretFile, bearer, bearerFile string
	at                                     string
}

func (p *program) definitionsTryCommand() *cobra.Command {
	var flags tryFlags
	cmd := &cobra.Command{
		Use:   "test {TYPE|FILE | --provider NAME} REQUEST.http",
		Short: "Run a recorded request through a definition and print each step",
		Long: `Verifies and reads a recorded request as serve would, and prints each step: what
was signed, where each value was looked for and what stood there, the commands,
and the row that they make. It needs no database and no network.

REQUEST.http is the raw request: the request line, the headers, an empty line,
and the body byte for byte. FILE is a definition; its variables are not replaced.
Without a secret the request is read as if it were proven. The script of a FILE
may call the actions about users; with --provider, those that are allowed there,
and nothing is sent.`,
		Example: `  usersync definitions test acme.yaml created.http --secret-file secret.txt --at 2026-01-15T10:30:00Z
  usersync definitions test --provider acme created.http`,
		Args: func(cmd *cobra.Command, given []string) error {
			if flags.provider != "" {
				return words("REQUEST.http")(cmd, given)
			}
			return words("TYPE or FILE", "REQUEST.http")(cmd, given)
		},
		RunE: func(_ *cobra.Command, arguments []string) error { return p.tryDefinition(arguments, flags) },
	}
	cmd.Flags().StringVar(&flags.provider, "provider", "", "use the provider `NAME` of the configuration, with its settings and credentials")
	cmd.Flags().StringVar(&flags.secret, "secret", "", "what deliveries are signed with, as under secrets; others can see it while this runs")
	cmd.Flags().StringVar(&flags.secretFile, "secret-file", "", "a `FILE` with it, one a line")
	cmd.Flags().StringVar(&flags.bearer, "bearer", "", "the token, as under bearer")
	cmd.Flags().StringVar(&flags.bearerFile, "bearer-file", "", "a `FILE` with it, one a line")
	cmd.Flags().StringVar(&flags.at, "at", "", "when the request arrived, as 2026-01-15T10:30:00Z (default: now)")
	return cmd
}

func (p *program) tryDefinition(arguments []string, flags tryFlags) error {
	at := time.Now()
	if flags.at != "" {
		var err error
		if at, err = time.Parse(time.RFC3339, flags.at); err != nil {
			return usageError{errors.New("--at: want a time such as 2026-01-15T10:30:00Z")}
		}
	}
	provider, err := p.tried(arguments[0], flags)
	if err != nil {
		return err
	}
	recorded, err := readRecorded(arguments[len(arguments)-1])
	if err != nil {
		return usageError{err}
	}
	result := newTrial(provider, recorded, at)
	if err := p.print(result, result.text); err != nil {
		return err
	}
	if !result.passed() {
		return failure(exitFailed)
	}
	return nil
}

// tried makes the provider that reads the request.
func (p *program) tried(name string, flags tryFlags) (*providers.Provider, error) {
	if flags.provider != "" {
		if cmp.Or(flags.secret, flags.secretFile, flags.bearer, flags.bearerFile) != "" {
			return nil, usageError{errors.New("--provider brings its own credentials: leave --secret and --bearer out")}
		}
		c, err := p.load(true)
		if err != nil {
			return nil, err
		}
		if provider := c.Built[flags.provider]; provider != nil {
			return provider, nil
		}
		return nil, usageError{fmt.Errorf("no provider %q is configured: choose one of %s", flags.provider, strings.Join(providerNames(c), ", "))}
	}
	settings := providers.Settings{Type: name}
	if !slices.Contains(providers.Types(), name) {
		text, err := os.ReadFile(name)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, usageError{fmt.Errorf("%q is neither a file nor a type: the types are %s", name, strings.Join(providers.Types(), ", "))}
		}
		if err != nil {
			return nil, usageError{err}
		}
		if settings.Definition, err = providers.ParseDefinition(name, text); err != nil {
			return nil, p.faultyDefinition(err)
		}
		settings.Type = ""
		if settings.Definition.Scripted() {
			p.giveScript(&settings)
		}
	}
	return p.armed(settings, flags)
}

// giveScript lets a definition's script run, with the actions about users.
func (p *program) giveScript(settings *providers.Settings) {
	settings.AllowedActions = action.BuiltIn()
	settings.Scripting = providers.Scripting{
		Runner: p.scriptPool(), Enabled: action.BuiltIn(),
		Read: func(definition, name string) ([]byte, error) {
			if !filepath.IsAbs(name) {
				name = filepath.Join(filepath.Dir(definition), name)
			}
			return os.ReadFile(name)
		},
	}
}

// armed gives the settings the credentials of the flags.
func (p *program) armed(settings providers.Settings, flags tryFlags) (_ *providers.Provider, err error) {
	if settings.Secrets, err = credentials("secret", flags.secret, flags.secretFile); err != nil {
		return nil, usageError{err}
	}
	if settings.Bearer, err = credentials("bearer", flags.bearer, flags.bearerFile); err != nil {
		return nil, usageError{err}
	}
	if settings.Secrets == nil && settings.Bearer == nil {
		settings.Auth = "none"
	}
	provider, err := providers.New("test", settings)
	if err != nil {
		return nil, p.faultyDefinition(err)
	}
	return provider, nil
}

// faultyDefinition prints what is wrong, a line for each fault.
func (p *program) faultyDefinition(err error) error {
	fmt.Fprintf(p.stderr, "The definition cannot be used:\n%s\n", visible(err.Error()))
	return failure(exitConfig)
}

// credentials are those of a flag, or of the file that another names.
func credentials(flag, value, file string) ([]secret.Text, error) {
	switch {
	case value != "" && file != "":
		return nil, fmt.Errorf("--%s and --%s-file are two ways to say one thing: choose one", flag, flag)
	case value != "":
		return []secret.Text{secret.New(value)}, nil
	case file == "":
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--%s-file: %w", flag, err)
	}
	var all []secret.Text
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, secret.New(line))
		}
	}
	if all == nil {
		return nil, fmt.Errorf("--%s-file: there is nothing in it", flag)
	}
	return all, nil
}
