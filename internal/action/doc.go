// Package action is what an operator declares to be called by scripts: a signed HTTP
// POST to a fixed address, with a body made from what the script says.
package action
