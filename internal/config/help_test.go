package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usersync/internal/config"
)

// oneProvider is the least that serve needs.
const oneProvider = "providers: {authon: {type: authon, secrets: [whsec_sentinel_1]}}\n"

// write puts a file into a directory.
func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// load reads a file with the given text.
func load(t *testing.T, text string, options config.Options) (*config.Config, error) {
	t.Helper()
	if options.Dir == "" {
		options.Dir = t.TempDir()
	}
	write(t, options.Dir, config.DefaultFile, text)
	options.NeedProviders = true
	return config.Load(options)
}

// mustLoad is load for a configuration without faults.
func mustLoad(t *testing.T, text string, options config.Options) *config.Config {
	t.Helper()
	c, err := load(t, text, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// faultsOf returns what is wrong, one text for each fault.
func faultsOf(t *testing.T, err error) []string {
	t.Helper()
	var faults config.Faults
	if err == nil {
		return nil
	}
	if !errors.As(err, &faults) {
		t.Fatalf("%T is not Faults: %v", err, err)
	}
	texts := make([]string, len(faults))
	for i, fault := range faults {
		texts[i] = fault.Error()
	}
	return texts
}
