package providers

import "errors"

// reasonOf is why a request was refused, "" if nobody could tell.
func reasonOf(err error) string {
	var rejection *Rejection
	if errors.As(err, &rejection) {
		return rejection.Reason
	}
	return ""
}

// anyOf are the armed alternatives of one element of verify.
type anyOf []armedCheck

// run passes if one of the alternatives does. Else it tells of the one whose
// credential is there: of the others nobody spoke.
func (a anyOf) run(r Request, legacy bool) (Proof, error) {
	var told error
	for _, c := range a {
		proof, err := c.check.run(r, c.keys, legacy)
		if err == nil {
			return proof, nil
		}
		if told == nil || weight(err) > weight(told) {
			told = err
		}
	}
	return Proof{}, told
}

// weight says how much an error tells: nothing of a credential that is not
// there, and most that nobody can judge it now, because then it may be right.
func weight(err error) int {
	switch reasonOf(err) {
	case ReasonMissing:
		return 0
	case ReasonMalformed:
		return 1
	case "":
		return 3
	default:
		return 2
	}
}
