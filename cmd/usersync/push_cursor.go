package main

import (
	"encoding/json"
	"fmt"
)

// pushCursor is how far a push is. It is saved as the run's cursor, in one
// transaction with the rows of the lines up to it.
type pushCursor struct {
	File      string `json:"file,omitempty"` // SHA-256 of the file, "" for a pipe
	Line      int    `json:"line"`           // the last one that is done
	Created   int    `json:"created"`
	Updated   int    `json:"updated"`
	Unchanged int    `json:"unchanged"`
	Failed    int    `json:"failed"`
}

// parsePushCursor reads a saved cursor; same says that it is of this file.
func parsePushCursor(text, file string) (at pushCursor, same bool) {
	if file == "" || json.Unmarshal([]byte(text), &at) != nil || at.File != file {
		return pushCursor{}, false
	}
	return at, true
}

func (c pushCursor) text() string {
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // a struct of texts and numbers
	}
	return string(text)
}

// add counts a result.
func (c *pushCursor) add(r pushResult) {
	c.Line = r.Line
	switch r.Result {
	case resultCreated:
		c.Created++
	case resultUpdated:
		c.Updated++
	case resultUnchanged:
		c.Unchanged++
	default:
		c.Failed++
	}
}

// done is how many lines have a result.
func (c pushCursor) done() int { return c.Created + c.Updated + c.Unchanged + c.Failed }

func (c pushCursor) counts() string {
	return fmt.Sprintf("%d created, %d updated, %d unchanged, %d failed", c.Created, c.Updated, c.Unchanged, c.Failed)
}
