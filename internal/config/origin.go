package config

// layer orders the sources; a higher one wins.
type layer int

const (
	fromFile layer = iota
	fromEnvironment
	fromFlags
)

// origin is where the value at a path was given.
type origin struct {
	layer layer
	file  string // as in Fault
	line  int

	// problem is what is wrong with the text itself, for example a variable
	// that is not set. It counts only if no higher layer gives the value.
	problem string
}

// origins knows the origin of every key that was given, sections included.
type origins map[path]origin

// set records that a layer gives the value at p; what a lower layer gave
// below p, the members of a list, is gone.
func (o origins) set(p path, from origin) {
	for other := range o {
		if other != p && p.contains(other) {
			delete(o, other)
		}
	}
	o[p] = from
	for p != "" {
		p = p.parent()
		o.section(p, from)
	}
}

// section records where a section begins, unless a lower layer has.
func (o origins) section(p path, from origin) {
	if _, known := o[p]; !known && p != "" {
		o[p] = from
	}
}

// of returns the origin of p, or of the closest section around it; for none,
// the zero origin.
func (o origins) of(p path) origin {
	for p != "" {
		if from, known := o[p]; known {
			return from
		}
		p = p.parent()
	}
	return origin{}
}
