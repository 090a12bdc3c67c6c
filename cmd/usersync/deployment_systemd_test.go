package main

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"usersync/internal/config"
)

// unit is a systemd unit: for each key of each section its values in order.
type unit map[string]map[string][]string

// readUnit parses a unit, which must be well-formed.
func readUnit(t *testing.T, name string) unit {
	t.Helper()
	u := unit{}
	section := ""
	for line := range strings.Lines(projectFile(t, name)) {
		line = strings.TrimSpace(line)
		key, value, pair := strings.Cut(line, "=")
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			section = strings.Trim(line, "[]")
			u[section] = map[string][]string{}
		case pair && section != "":
			u[section][key] = append(u[section][key], value)
		default:
			t.Errorf("%s: %q", name, line)
		}
	}
	return u
}

func TestSystemdUnit(t *testing.T) {
	t.Parallel()
	u := readUnit(t, "deploy/systemd/usersync.service")
	service := u["Service"]
	one := func(key string) string {
		if len(service[key]) != 1 {
			t.Errorf("%s stands there %d times", key, len(service[key]))
			return ""
		}
		return service[key][0]
	}
	seconds := func(key string) time.Duration {
		d, err := time.ParseDuration(one(key))
		if err != nil {
			t.Error(err)
		}
		return d
	}
	program, arguments, _ := strings.Cut(one("ExecStart"), " ")
	if program != "/usr/local/bin/usersync" {
		t.Errorf("it starts %s", program)
	}
	mustParse(t, strings.Fields(arguments))
	if one("Type") != "notify" || !strings.Contains(one("ExecReload"), "kill -HUP $MAINPID") {
		t.Error("it does not wait for READY=1, or does not reload")
	}
	if one("RestartPreventExitStatus") != strconv.Itoa(exitConfig) {
		t.Error("a bad configuration is tried again and again")
	}
	if seconds("TimeoutStopSec") < stopsWithin || seconds("WatchdogSec")/2 < selfPatience+statusEvery {
		t.Error("it is killed too soon")
	}
	if one("WorkingDirectory") != "/var/lib/"+one("StateDirectory") {
		t.Error("spool and database are not in the state directory")
	}
	// Webhooks, the database's socket and the service manager's.
	if families := strings.Fields(one("RestrictAddressFamilies")); !slices.Equal(families, []string{"AF_INET", "AF_INET6", "AF_UNIX"}) {
		t.Errorf("address families %v", families)
	}
	// A worker of scripts limits itself (internal/script/confine_linux.go) and
	// starts as /proc/self/exe.
	if filters := service["SystemCallFilter"]; !slices.Contains(filters, "setrlimit prlimit64") {
		t.Errorf("workers cannot limit themselves: %v", filters)
	}
	for _, key := range []string{"DynamicUser", "NoNewPrivileges", "MemoryDenyWriteExecute", "PrivateDevices", "ProtectKernelTunables", "RestrictNamespaces"} {
		if one(key) != "yes" {
			t.Errorf("%s is off", key)
		}
	}
}

// Secrets come from files below ${CREDENTIALS_DIRECTORY}, as the unit says.
func TestSystemdCredentials(t *testing.T) {
	t.Parallel()
	dir := secretFiles(t, []string{"secret_admin_token", "secret_authon"})
	file := writeText(t, "usersync.yaml", `
admin: {token_file: "${CREDENTIALS_DIRECTORY}/secret_admin_token"}
providers:
  authon: {type: authon, secrets_file: "${CREDENTIALS_DIRECTORY}/secret_authon"}
`)
	c, err := config.Load(config.Options{File: file, Environ: []string{"CREDENTIALS_DIRECTORY=" + dir}, NeedProviders: true})
	if err != nil {
		t.Fatal(err)
	}
	if c.Admin.Token.Reveal() == "" || len(c.Built) != 1 {
		t.Error("the secrets were not read")
	}
}
