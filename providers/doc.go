// Package providers turns the webhooks of hosted auth providers, and their lists
// of users, into commands.
//
// A provider is a description, one YAML file in definitions: how a request is
// verified, how its body is unpacked into events, where an event keeps its id,
// type, time and user, and which column each part of the profile belongs to.
// No Go code here knows a provider by name. The format is described in
// docs/ADD-A-PROVIDER.md.
//
//	Request ─Verify→ Proof ─Decode→ usersync.Delivery
//
// Verify proves the raw bytes before anything is parsed, and answers every
// doubt with a Rejection. Decode cannot fail: what it does not understand
// becomes a dead letter, because a sender that was authenticated must lose
// nothing. Both are pure: the clock is Request.ReceivedAt. Only the public keys
// of signed tokens are asked for and kept on the way; see jwks.
//
// Lister and Fetcher read users from a provider's API, or from its own database
// where it has none; what they read is stamped so that newer events win over it.
// Writer changes users there, and reads the answer likewise. They are the only
// part of the package that opens connections.
//
// JSON is read strictly (RFC 7493): a lenient parser makes two user ids one.
package providers
