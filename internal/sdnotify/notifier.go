package sdnotify

import (
	"net"
	"strconv"
	"strings"
	"time"
)

// Notifier sends messages to a service manager. The zero value sends none.
type Notifier struct {
	socket string
	// Watchdog is how long the service manager waits for Alive before it takes
	// the process for hung; 0 is for ever.
	Watchdog time.Duration
}

// New reads the environment, as os.Environ returns it, of the process with this
// id: a watchdog may be meant for another one.
func New(environ []string, pid int) Notifier {
	var n Notifier
	var interval time.Duration
	mine := true
	for _, pair := range environ {
		name, value, _ := strings.Cut(pair, "=")
		switch name {
		case "NOTIFY_SOCKET":
			n.socket = value
		case "WATCHDOG_USEC":
			// One that cannot be read is none.
			if µs, err := strconv.ParseInt(value, 10, 64); err == nil && µs > 0 && µs < int64(time.Hour*24*365/time.Microsecond) {
				interval = time.Duration(µs) * time.Microsecond
			}
		case "WATCHDOG_PID":
			mine = value == "" || value == strconv.Itoa(pid)
		}
	}
	if mine && n.socket != "" {
		n.Watchdog = interval
	}
	return n
}

// Listens reports whether there is a service manager to tell.
func (n Notifier) Listens() bool { return n.socket != "" }

// Ready says that the service serves, also after a reload.
func (n Notifier) Ready() error { return n.send("READY=1") }

// Reloading says that the configuration is being read again, until Ready.
func (n Notifier) Reloading() error {
	return n.send("RELOADING=1\nMONOTONIC_USEC=" + strconv.FormatInt(monotonic(), 10))
}

// Stopping says that the service ends by its own will.
func (n Notifier) Stopping() error { return n.send("STOPPING=1") }

// Alive puts the watchdog off.
func (n Notifier) Alive() error { return n.send("WATCHDOG=1") }

// Status is a line for people.
func (n Notifier) Status(line string) error {
	return n.send("STATUS=" + strings.ReplaceAll(line, "\n", " "))
}

// send sends one datagram. A name that begins with @ is one in the abstract
// namespace, which package net knows.
func (n Notifier) send(message string) error {
	if n.socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // the datagram is out, or it is not
	// A manager that reads nothing shall not hold us up.
	if err := conn.SetWriteDeadline(time.Now().Add(time.Second)); err != nil {
		return err
	}
	_, err = conn.Write([]byte(message))
	return err
}
