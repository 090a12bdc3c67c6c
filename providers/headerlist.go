package providers

import "strings"

// headerList is the value of a header that holds named members, as in
// t=1705320000, v1=ab12, v1=cd34. A name may stand there several times.
type headerList string

// each calls visit for every member; spaces around it do not count. A member
// without = has no name and is passed over.
func (l headerList) each(visit func(name, value string)) {
	for member := range strings.SplitSeq(string(l), ",") {
		if name, value, named := strings.Cut(strings.Trim(member, " \t"), "="); named {
			visit(name, value)
		}
	}
}

// one returns the member that must be there once.
func (l headerList) one(header, wanted string) (found string, rejection *Rejection) {
	count := 0
	l.each(func(name, value string) {
		if name == wanted {
			found = value
			count++
		}
	})
	switch count {
	case 1:
		return found, nil
	case 0:
		return "", &Rejection{ReasonMalformed, "header " + header + " has no " + wanted + "="}
	default:
		return "", &Rejection{ReasonDoubled, "header " + header + " has " + wanted + "= more than once"}
	}
}
