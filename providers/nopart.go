package providers

import (
	"errors"
	"fmt"
)

// ErrNoPart is in the error of what a definition, or a variant of it, cannot
// do at all, whatever the settings are.
var ErrNoPart = errors.New("the definition has no such part")

// partError says it in words of its own.
type partError struct{ text string }

func (e *partError) Error() string { return e.text }
func (e *partError) Unwrap() error { return ErrNoPart }

// noPart says that a definition lacks a part.
func noPart(typ, variant, part, then string) error {
	if variant != "" {
		typ = fmt.Sprintf("%s (api.variant %s)", typ, variant)
	}
	return &partError{fmt.Sprintf("%s has no %s: %s", typ, part, then)}
}
