// Package usersync is the heart of the daemon: what a webhook makes known about
// a user, and how such knowledge is merged. Data flows one way:
//
//	Delivery (bytes) → Command (what happened) → State (what is known) → View (what the app sees)
//
// Every decision is a pure function. Merging is commutative, associative and
// idempotent, so retries, replays, several replicas and any order of arrival
// leave the same rows. The package imports the standard library only; SQL and
// HTTP stand behind interfaces that it declares.
//
// The folder is named sync and the package usersync, because a package named
// sync would shadow the standard library's.
package usersync
