// Package handlers speaks HTTP: webhooks in, answers out, and health and
// metrics for the operators. It knows no SQL, and no provider by name.
//
//	listener ─ handler ─ answer ─ one line in the log
//
// A handler returns an answer instead of writing one. So a single place
// writes, counts, logs and recovers, and no handler keeps an echo.Context,
// which Echo uses again for the next request.
//
// The public listener is read by strangers. They get the status that the
// contract names and a fixed text; the reason goes to the log, and the payload
// to neither.
package handlers
