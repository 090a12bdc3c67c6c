package testtools

// Tool is a program of others that tests run.
type Tool struct {
	// Programs are the names it has in PATH, best first.
	Programs []string
	// Env is the variable that names its file; it comes before all else.
	Env string
	// Packages are what Debian's package manager installs, as root.
	Packages []string
	// Extract takes the program out of the first of Packages into the
	// checkout's folder bin instead of installing it: no root is needed, and no
	// service starts that the package carries.
	Extract bool
	// Elsewhere says what to install where Debian's packages are no help.
	Elsewhere string
}

// name is what messages call it.
func (t Tool) name() string { return t.Programs[0] }

// All are the tools that the tests need, beside Postgres.
func All() []Tool { return []Tool{Chromium(), Promtool(), Prometheus()} }

// Chromium is the browser of the dashboard's tests.
func Chromium() Tool {
	return Tool{
		Programs: []string{"chromium", "chromium-browser", "google-chrome"},
		Env:      "USERSYNC_TEST_CHROMIUM",
		// The font is a dependency of a dependency today; without one a page
		// has boxes for letters.
		Packages:  []string{"chromium", "fonts-dejavu-core"},
		Elsewhere: "Chromium or Google Chrome",
	}
}

// Promtool checks alert rules and metrics.
func Promtool() Tool {
	return Tool{
		Programs:  []string{"promtool"},
		Env:       "USERSYNC_TEST_PROMTOOL",
		Packages:  []string{"prometheus"},
		Extract:   true,
		Elsewhere: "promtool, which is part of Prometheus",
	}
}

// Prometheus itself watches daemons in tests. Nothing of it runs beside them.
func Prometheus() Tool {
	return Tool{
		Programs:  []string{"prometheus"},
		Env:       "USERSYNC_TEST_PROMETHEUS",
		Packages:  []string{"prometheus"},
		Extract:   true,
		Elsewhere: "Prometheus",
	}
}
