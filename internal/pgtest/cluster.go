package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"usersync/internal/holdport"
)

// Cluster is a Postgres server with a data folder of its own. It ends with the
// process that started it. Its methods are not for concurrent use.
type Cluster struct {
	bin, dir string
	port     int
	who      account
	running  *process
	release  func() // gives up the port that is held while the server is down; nil if it is not
}

// Start creates a cluster in a temporary folder and waits until it takes
// connections on a free port of 127.0.0.1. Its superuser is postgres, without a
// password.
func Start(options Options) (*Cluster, error) {
	return begin(options.Within, func(c *Cluster) error { return c.create(options) })
}

// begin makes the folder of a new cluster, in within or among the temporary
// ones, and lets create fill it and start the server.
func begin(within string, create func(*Cluster) error) (*Cluster, error) {
	bin, err := FindBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(within, "usersync-pg-")
	if err != nil {
		return nil, fmt.Errorf("making the cluster's folder: %w", err)
	}
	c := &Cluster{bin: bin, dir: dir, who: who}
	err = c.who.own(c.dir)
	if err == nil {
		err = create(c)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting a Postgres cluster in %s: %w", dir, err), c.Stop())
	}
	return c, nil
}

// create fills the folder and starts the server.
func (c *Cluster) create(options Options) error {
	if err := c.initdb(); err != nil {
		return err
	}
	defaults, err := os.ReadFile(c.configFile())
	if err != nil {
		return err
	}
	return c.configureAndUp(func() string { return string(defaults) + options.configuration(c.port, c.dir) })
}

func (c *Cluster) configFile() string { return filepath.Join(c.dir, "data", "postgresql.conf") }

// configureAndUp picks a free port, writes the configuration that belongs to it
// and starts the server.
func (c *Cluster) configureAndUp(configuration func() string) (err error) {
	// Between asking for a free port and the server's taking it somebody else
	// may come first.
	const attempts = 5
	for range attempts {
		if c.port, err = freePort(); err != nil {
			return err
		}
		if err := os.WriteFile(c.configFile(), []byte(configuration()), 0o600); err != nil {
			return err
		}
		if err = c.Up(); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// initdb writes the data folder.
func (c *Cluster) initdb() error {
	return c.tool("initdb",
		"--pgdata="+filepath.Join(c.dir, "data"), "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--locale="+locale(), "--no-sync")
}

// tool runs one of the server's programs on the folder.
func (c *Cluster) tool(name string, arguments ...string) error {
	p, err := watch(c.dir, c.who, append([]string{c.program(name)}, arguments...)...)
	if err != nil {
		return err
	}
	err = p.shell.Wait()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("%s: %w\n%s", name, err, p.output())
	if c.who.switched {
		err = fmt.Errorf("%w\nit ran as user %s, who must be able to enter %s (set TMPDIR to another folder) and to run %s",
			err, c.who.name, os.TempDir(), c.bin)
	}
	return err
}

// program is where a tool is: beside the server, or beside what a link to the
// server points at, else wherever the shell finds it.
func (c *Cluster) program(name string) string {
	dirs := []string{c.bin}
	if server, err := filepath.EvalSymlinks(filepath.Join(c.bin, "postgres")); err == nil {
		dirs = append(dirs, filepath.Dir(server))
	}
	for _, dir := range dirs {
		if path := filepath.Join(dir, name); isFile(path) {
			return path
		}
	}
	return name
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// URL is the URL of the cluster's own database, with the superuser's rights.
func (c *Cluster) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", c.port)
}

// Down stops the server at once, as a crash does, and keeps its data and its
// port.
func (c *Cluster) Down() error {
	if c.running == nil {
		return nil
	}
	err := c.end("QUIT")
	if err == nil {
		c.release, err = holdport.Hold(c.port)
	}
	return err
}

// Up starts the server again on the same port after Down.
func (c *Cluster) Up() error {
	if c.running != nil {
		return errors.New("the server is up already")
	}
	c.letGo()
	running, err := launch(c.bin, c.dir, c.who)
	if err != nil {
		return err
	}
	c.running = running
	return nil
}

// Stop ends the server (sessions are ended, not awaited) and removes its folder.
// A second Stop does nothing.
func (c *Cluster) Stop() error {
	c.letGo()
	return errors.Join(c.end("INT"), os.RemoveAll(c.dir))
}

// letGo gives up the port that is held.
func (c *Cluster) letGo() {
	if c.release != nil {
		c.release()
		c.release = nil
	}
}

func (c *Cluster) end(signal string) error {
	if c.running == nil {
		return nil
	}
	err := c.running.end(signal)
	c.running = nil
	return err
}

// locale prefers C.UTF-8: sorted as bytes everywhere, and it knows the case of
// every letter. C stands in where the system lacks it.
func locale() string {
	out, err := exec.Command("locale", "-a").Output()
	if err != nil {
		return "C"
	}
	for _, name := range strings.Fields(string(out)) {
		if strings.EqualFold(strings.ReplaceAll(name, "-", ""), "C.utf8") {
			return name
		}
	}
	return "C"
}

// freePort asks the system for a port that nobody uses.
func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("looking for a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
