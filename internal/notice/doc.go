// Package notice tells operators of alarms: each address gets a signed POST when an alarm
// is raised, again while it stands, and when it is over.
//
//	alarms that stand ─Ledger→ what is to be told ─claim→ mine? ─post, again and again→ receiver
//
// Of several replicas one sends each: whoever claims its id first. What waits is kept in
// memory. If a process ends between the claim and the answer of the receiver, nobody tells
// that one; the next repetition does.
package notice
