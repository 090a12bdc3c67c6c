package usersync

import "time"

// A database is far away if even the quickest of so many transactions takes so long. One
// that is near does, too, when hundreds send at once: there it is no harm.
const (
	paceWindow = 64
	farAway    = 2500 * time.Microsecond
)

// longAlone is for how many transactions, at most, they go alone after two that had no user
// in common met all the same, in rows that a trigger of the app's changes. The first time
// it is a window, and twice as many each time that it happens again soon.
const longAlone = 64 * 1024

// pace tells a database that is far away from one that is near: while a transaction is on
// its way to the former, this machine and that one have nothing to do.
type pace struct {
	quickest time.Duration // of the window before this one; 0 at first
	sofar    time.Duration // of this one
	count    int

	alone int // how many are to go alone still; below zero, how many have not had to since
	spell int // how many had to the last time; forgotten after as many that had not
}

// note notes how long a transaction took.
func (p *pace) note(took time.Duration) {
	if p.count == 0 || took < p.sofar {
		p.sofar = took
	}
	if p.count++; p.count == paceWindow {
		p.quickest, p.count = p.sofar, 0
	}
	if p.spell == 0 {
		return
	}
	if p.alone--; p.alone == -p.spell {
		p.alone, p.spell = 0, 0
	}
}

// met notes that a transaction waited in vain for a lock while there were others.
func (p *pace) met() {
	if p.several() {
		p.spell = min(max(2*p.spell, paceWindow), longAlone)
		p.alone = p.spell
	}
}

// several reports whether there may be more than one at once: the database is far away,
// and they do not get in each other's way.
func (p *pace) several() bool { return p.quickest >= farAway && p.alone <= 0 }
