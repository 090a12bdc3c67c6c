package script

import (
	"encoding/json"
	"fmt"
)

// Input is what a run is given, as JSON.
type Input struct {
	// Globals are the values that the script sees under these names.
	Globals map[string]json.RawMessage `json:"globals"`
	// Actions are the ids of the functions in the object `actions`; a dot in one
	// makes an object of its first part.
	Actions []string `json:"actions"`
	// Clock is what the script's clock shows, in milliseconds since 1970. It stands.
	Clock int64 `json:"clock"`
}

// Outcome is what a run that ended well leaves, as JSON.
type Outcome struct {
	// Result is the value of the global `result`; null if it was not set.
	Result json.RawMessage `json:"result"`
	// Calls are the calls of actions, in their order.
	Calls []Call `json:"calls"`
}

// Call is one call of an action, and the object that it was called with.
type Call struct {
	Action string          `json:"action"`
	With   json.RawMessage `json:"with"`
}

// Fault is how a run ended that did not end well: by the script's own doing. Any
// other error of a Pool is our own trouble, and another attempt may succeed.
type Fault struct {
	Word string `json:"word"` // ReasonError, ReasonTimeout or ReasonLimit
	Text string `json:"text"` // where, and what happened; none of the script's data
}

// The words of a Fault.
const (
	ReasonError   = "script_error"   // it threw, or gave what it may not
	ReasonTimeout = "script_timeout" // it was not done in time
	ReasonLimit   = "script_limit"   // it took too much memory or stack, or gave too much
)

// Error implements error.
func (f *Fault) Error() string { return f.Text }

// Reason returns the fixed word for what happened.
func (f *Fault) Reason() string { return f.Word }

func faultf(reason, format string, args ...any) *Fault {
	return &Fault{reason, fmt.Sprintf(format, args...)}
}

// job is what a worker is sent.
type job struct {
	File   string          `json:"file"`
	Text   string          `json:"text"`
	Input  json.RawMessage `json:"input"`
	Millis int64           `json:"millis"` // how long it may take
}

// answer is what a worker sends back: one of the two.
type answer struct {
	Outcome json.RawMessage `json:"outcome,omitempty"`
	Fault   *Fault          `json:"fault,omitempty"`
}
