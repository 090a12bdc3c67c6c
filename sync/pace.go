package usersync

import "time"

// A database is far away if even the quickest of so many transactions takes so long. One
// that is near does, too, when hundreds send at once: there it is no harm.
const (
	paceWindow = 64
	farAway    = 2500 * time.Microsecond
)

// pace tells a database that is far away from one that is near: while a transaction is on
// its way to the former, this machine and that one have nothing to do.
type pace struct {
	quickest time.Duration // of the window before this one; 0 at first
	sofar    time.Duration // of this one
	count    int
}

// note notes how long a transaction took.
func (p *pace) note(took time.Duration) {
	if p.count == 0 || took < p.sofar {
		p.sofar = took
	}
	if p.count++; p.count == paceWindow {
		p.quickest, p.count = p.sofar, 0
	}
}

// far reports whether the database is far away.
func (p *pace) far() bool { return p.quickest >= farAway }
