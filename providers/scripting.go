package providers

import (
	"context"
	"time"
)

// Scripting is what scripts of definitions need. It is no part of the configuration
// of a provider: whoever makes providers hands it over.
type Scripting struct {
	// Runner runs scripts. Without one each event becomes a dead letter.
	Runner Runner
	// Read reads the file of a script that the definition in a file names.
	Read func(definition, name string) ([]byte, error)
	// Limit is how long one run may take; 0 means 5 s.
	Limit time.Duration
	// Enabled are the ids of the actions that scripts may have at all.
	Enabled []string
	// Actions are those that the operator declared.
	Actions []Action
}

// The default of Scripting.Limit.
const defaultScriptLimit = 5 * time.Second

// Runner runs scripts, apart from this process.
type Runner interface {
	// Check reports why a text is no script, with file and line, or nil.
	Check(file, text string) error
	// Run runs a script. Input and outcome are JSON objects:
	//
	//	{"globals": {NAME: VALUE}, "actions": [ID], "clock": MILLISECONDS}
	//	{"result": VALUE, "calls": [{"action": ID, "with": {…}}]}
	//
	// An error with a method Reason, a fixed word, is the script's own doing, and
	// its text tells where; any other is trouble that passes.
	Run(ctx context.Context, file, text string, input []byte, limit time.Duration) (outcome []byte, err error)
}

// Action is an action that the operator declared: what a script calls, and what is
// then sent.
type Action struct {
	ID        string
	DependsOn []string // ids of actions that must be enabled too
	// Render makes the body to send of the JSON object that the script gave. The
	// error quotes nothing of it.
	Render func(args []byte) (body []byte, err error)
}
