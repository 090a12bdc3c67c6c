package providers

// nameSet finds a name that an object has twice. The names of a usual object are
// compared with each other, but for most of them a bit says that none can be alike.
type nameSet struct {
	bits  uint64 // one for each name that was added
	count int
	many  map[string]struct{} // from fewNames on
}

// fewNames is how many names cost less to compare than to hash.
const fewNames = 32

// add notes a name of the object at a place in the tree, whose earlier members stand
// there already. It returns false if one of them has it.
func (s *nameSet) add(t *tree, of int, name string) bool {
	s.count++
	if s.count > fewNames {
		return s.addToMany(t, of, name)
	}
	mark := uint(len(name))
	if name != "" {
		mark += uint(name[0])*7 + uint(name[len(name)-1])*31
	}
	before := s.bits
	if s.bits |= 1 << (mark % 64); s.bits != before || s.count == 1 {
		return true
	}
	return t.member(of, name) == nowhere
}

func (s *nameSet) addToMany(t *tree, of int, name string) bool {
	if s.many == nil {
		s.many = map[string]struct{}{}
		for i := t.values[of].first; i > root; i = t.values[i].next {
			s.many[t.values[i].name] = struct{}{}
		}
	}
	before := len(s.many)
	s.many[name] = struct{}{}
	return len(s.many) > before
}
