// Package report is what operators are shown, in the one form of JSON that the command
// line and the API share. Its types hold no secret; some hold data of users.
package report
