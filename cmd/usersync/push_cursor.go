package main

import (
	"encoding/json"
	"fmt"
)

// pushCursor is how far a push is. It is saved as the run's cursor, in one
// transaction with the rows of the lines up to it.
type pushCursor struct {
	Line      int `json:"line"` // the last one that is done
	Created   int `json:"created"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Failed    int `json:"failed"`
}

// parsePushCursor reads a saved cursor. One that was never saved, or is of a
// version that wrote it otherwise, is the beginning.
func parsePushCursor(text string) (at pushCursor) {
	if json.Unmarshal([]byte(text), &at) != nil {
		return pushCursor{}
	}
	return at
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
