// Package outbound is what requests that the daemon sends have in common, to the API
// of a provider or to the receiver of an action: what of a failure may be shown, and
// how long the other side asks to be left alone.
package outbound
