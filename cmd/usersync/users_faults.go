package main

import (
	"errors"

	"usersync/handlers"
	"usersync/providers"
)

func notStored(text string, cause error) *handlers.UserError {
	return &handlers.UserError{Fault: handlers.FaultStorage, Text: text, Cause: cause}
}

func unknownUser() *handlers.UserError {
	return &handlers.UserError{Fault: handlers.FaultUser, Text: "the provider knows no user with this id"}
}

// providerFault explains to the app why a provider could not be asked.
func providerFault(err error) *handlers.UserError {
	failed := providers.FailureOf(err)
	fault := &handlers.UserError{Fault: handlers.FaultProviderWrong, Text: failed.Text, After: failed.After}
	if failed.Passing {
		fault.Fault = handlers.FaultProviderAway
	}
	return fault
}

// writeFault explains to the app why a user was not written.
func writeFault(err error) *handlers.UserError {
	var (
		refused     *providers.RefusedError
		unwritable  *providers.UnwritableError
		unavailable *providers.UnavailableError
		known       *handlers.UserError
	)
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, providers.ErrNoUser):
		return unknownUser()
	case errors.As(err, &unwritable):
		return &handlers.UserError{Fault: handlers.FaultRefused, Text: unwritable.Error()}
	case errors.As(err, &refused) && refused.Conflict():
		return &handlers.UserError{Fault: handlers.FaultConflict, Text: refused.Error()}
	case errors.As(err, &refused):
		return &handlers.UserError{Fault: handlers.FaultRefused, Text: refused.Error()}
	case errors.As(err, &unavailable) && unavailable.Uncertain:
		// No "ask again": that might make a second user.
		return &handlers.UserError{
			Fault: handlers.FaultProviderWrong,
			Text:  "the provider did not say whether it made the user: look for the user there before asking again; with an external_id, where the provider can be asked for one, asking again is safe",
		}
	default:
		return providerFault(err)
	}
}

// half makes of a fault that of a call which has written the user already: to
// ask again might make another. What the app can correct stays what it is.
func half(fault *handlers.UserError, id, what string) *handlers.UserError {
	fault.UserID, fault.After, fault.Text = id, 0, what+": "+fault.Text
	if fault.Fault != handlers.FaultConflict && fault.Fault != handlers.FaultRefused {
		fault.Fault = handlers.FaultHalf
	}
	return fault
}

// incapable explains why a provider cannot be asked at all. The error says what
// to configure, or that the provider has no such call.
func incapable(why error) *handlers.UserError {
	return &handlers.UserError{Fault: handlers.FaultIncapable, Text: why.Error()}
}
