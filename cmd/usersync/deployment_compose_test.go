package main

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
)

// composeVariable is ${NAME:?what to do} or ${NAME:-default}.
var composeVariable = regexp.MustCompile(`\$\{(\w+):([?-])([^}]*)\}`)

// interpolate puts in what a compose file takes from the environment.
func interpolate(text string, values map[string]string) string {
	return composeVariable.ReplaceAllStringFunc(text, func(found string) string {
		part := composeVariable.FindStringSubmatch(found)
		if value := values[part[1]]; value != "" {
			return value
		}
		return part[3]
	})
}

// exampleVariables reads deploy/env.example, in which nothing may have a value.
func exampleVariables(t *testing.T) map[string]string {
	t.Helper()
	values := map[string]string{}
	for line := range strings.Lines(projectFile(t, "deploy/env.example")) {
		name, value, found := strings.Cut(strings.TrimSpace(line), "=")
		if !found || strings.HasPrefix(name, "#") {
			continue
		}
		if value != "" {
			t.Errorf("%s has a default in env.example", name)
		}
		values[name] = "0123456789abcdef" + strings.ToLower(name)
	}
	return values
}

func TestCompose(t *testing.T) {
	t.Parallel()
	text := projectFile(t, "deploy/compose.yaml")
	values := exampleVariables(t)
	required := map[string]bool{}
	for _, part := range composeVariable.FindAllStringSubmatch(text, -1) {
		if part[2] == "?" {
			required[part[1]] = true
		}
	}
	if got, want := slices.Sorted(maps.Keys(values)), slices.Sorted(maps.Keys(required)); !slices.Equal(got, want) {
		t.Errorf("env.example has %v, compose.yaml needs %v", got, want)
	}
	compose := parseTrees(t, interpolate(text, values))[0]
	daemon := at(compose, "services", "usersync")
	for _, service := range []string{"usersync", "migrate"} {
		mustParse(t, wordsAt(compose, "services", service, "command"))
		if at(compose, "services", service, "read_only") != true {
			t.Errorf("%s may write into its image", service)
		}
	}
	mustParse(t, wordsAt(daemon, "healthcheck", "test")[2:])

	environ := append(readImage(t).environment, environment(at(daemon, "environment"))...)
	c, err := config.Load(config.Options{File: "../../deploy/usersync.yaml", Environ: withoutConfig(environ), NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Warnings) > 0 {
		t.Errorf("warnings: %q", c.Warnings)
	}
	if !c.Spools() {
		t.Error("no spool, or no Postgres")
	}
	if target := textAt(t, listAt(daemon, "configs")[0], "target"); target != textAt(t, daemon, "environment", "USERSYNC_CONFIG") {
		t.Errorf("the configuration is at %s", target)
	}
	for i, listen := range []string{c.Listen, c.Admin.Listen} {
		port := listen[strings.LastIndex(listen, ":"):]
		if published := wordsAt(daemon, "ports")[i]; !strings.HasPrefix(published, "127.0.0.1:") || !strings.HasSuffix(published, port) {
			t.Errorf("%s is published as %s", listen, published)
		}
	}
	volume, mounted, _ := strings.Cut(wordsAt(daemon, "volumes")[0], ":")
	if _, declared := compose["volumes"].(tree)[volume]; !declared || path.Dir(c.Spool.Dir) != mounted {
		t.Errorf("the spool is in %s, the volume %s at %s", c.Spool.Dir, volume, mounted)
	}
	if grace, err := time.ParseDuration(textAt(t, daemon, "stop_grace_period")); err != nil || grace < stopsWithin {
		t.Errorf("stop_grace_period %v, %v", grace, err)
	}
	if ports := at(compose, "services", "postgres", "ports"); ports != nil {
		t.Errorf("Postgres is published: %v", ports)
	}
}

// environment is a section of variables as a process gets it.
func environment(node any) (pairs []string) {
	section, _ := node.(tree)
	for _, name := range slices.Sorted(maps.Keys(section)) {
		value, _ := section[name].(string)
		pairs = append(pairs, name+"="+value)
	}
	return pairs
}

// withoutConfig leaves out where the file is in the container.
func withoutConfig(environ []string) []string {
	return slices.DeleteFunc(environ, func(pair string) bool { return strings.HasPrefix(pair, "USERSYNC_CONFIG=") })
}
