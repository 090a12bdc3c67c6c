package main

import (
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
		fault.Text += ": ask again"
	}
	return fault
}

// incapable explains why a provider cannot be asked at all. The error says what
// to configure, or that the provider has no such call.
func incapable(why error) *handlers.UserError {
	return &handlers.UserError{Fault: handlers.FaultIncapable, Text: why.Error()}
}
