package pgtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Options say how a cluster differs from the usual throw-away one.
type Options struct {
	// Durable turns fsync and full_page_writes on: for tests that measure
	// commits or crash the machine rather than the server.
	Durable bool
	// Settings are further lines of postgresql.conf; they win over ours.
	Settings map[string]string
	// Within is where the cluster's folder is made, "" among the temporary
	// ones: for a disk of its own.
	Within string
}

// configuration returns the lines to add to postgresql.conf. A later line wins.
func (o Options) configuration(port int, socketDir string) string {
	onOff := "off"
	if o.Durable {
		onOff = "on"
	}
	lines := []string{
		"listen_addresses = '127.0.0.1'",
		fmt.Sprintf("port = %d", port),
		"unix_socket_directories = " + quoteSetting(socketDir),
		// All packages of a test run share one server, each test with a pool.
		"max_connections = 400",
		// Without fsync a crash of the server loses nothing, only one of the
		// machine does; synchronous_commit stays as in production, because
		// acknowledging after the commit is what the tests are about.
		"synchronous_commit = on",
		"fsync = " + onOff,
		"full_page_writes = " + onOff,
		"timezone = 'UTC'",
		"log_timezone = 'UTC'",
		"log_line_prefix = '%m [%p] %d '",
		"jit = off",
	}
	for _, name := range slices.Sorted(maps.Keys(o.Settings)) {
		lines = append(lines, name+" = "+quoteSetting(o.Settings[name]))
	}
	return "\n" + strings.Join(lines, "\n") + "\n"
}

// quoteSetting writes a value of postgresql.conf; numbers may be quoted too.
func quoteSetting(value string) string {
	return "'" + strings.ReplaceAll(value, "'", "''") + "'"
}
