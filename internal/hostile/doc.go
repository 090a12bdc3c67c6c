// Package hostile holds requests that nobody should send, and says what a
// receiver of webhooks may answer. They are bytes for a TCP connection, since
// the worst of them no HTTP client would write, and fit any address: a handler
// in a test, or the whole daemon.
//
//	Requests(sign) ─ Case.Send(addr) ─ []Answer ─ Case.Judge(answers)
//
// The receiver must have a provider named hostile, of type authon: the bodies
// are written in its form. Apart from the answers, two promises are the
// caller's to check, for they show elsewhere: a case that is not Signed changes
// nothing, and Canary stands in no log.
package hostile
