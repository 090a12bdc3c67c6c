package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	bin, err := FindBinaries()
	if err != nil {
		return nil, err
	}
	who, err := serverAccount()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "usersync-pg-")
	if err != nil {
		return nil, fmt.Errorf("making the cluster's folder: %w", err)
	}
	c := &Cluster{bin: bin, dir: dir, who: who}
	if err := c.create(options); err != nil {
		return nil, errors.Join(fmt.Errorf("starting a Postgres cluster in %s: %w", dir, err), os.RemoveAll(dir))
	}
	return c, nil
}

// create fills the folder and starts the server.
func (c *Cluster) create(options Options) error {
	if err := c.who.own(c.dir); err != nil {
		return err
	}
	if err := c.initdb(); err != nil {
		return err
	}
	file := filepath.Join(c.dir, "data", "postgresql.conf")
	defaults, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	// Between asking for a free port and the server's taking it somebody else
	// may come first.
	const attempts = 5
	for range attempts {
		if c.port, err = freePort(); err != nil {
			return err
		}
		text := string(defaults) + options.configuration(c.port, c.dir)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
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
	p, err := watch(c.dir, c.who, filepath.Join(c.bin, "initdb"),
		"--pgdata="+filepath.Join(c.dir, "data"), "--username=postgres", "--auth=trust",
		"--encoding=UTF8", "--locale="+locale(), "--no-sync")
	if err != nil {
		return err
	}
	err = p.shell.Wait()
	if err == nil {
		return nil
	}
	err = fmt.Errorf("initdb: %w\n%s", err, p.output())
	if c.who.switched {
		err = fmt.Errorf("%w\nit ran as user %s, who must be able to enter %s (set TMPDIR to another folder) and to run %s",
			err, c.who.name, os.TempDir(), c.bin)
	}
	return err
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
		c.release, err = hold(c.port)
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
