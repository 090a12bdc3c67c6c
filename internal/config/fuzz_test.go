package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"usersync/internal/config"
)

// Any file gives a configuration or Faults, and any configuration prints.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("testdata/faults/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range append(files, "../../config.example.yaml") {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := load(t, text, config.Options{Environ: exampleEnvironment()})
		var faults config.Faults
		switch {
		case err == nil && c.String() == "":
			t.Error("prints nothing")
		case err != nil && (!errors.As(err, &faults) || len(faults) == 0):
			t.Errorf("%T: %v", err, err)
		}
	})
}
