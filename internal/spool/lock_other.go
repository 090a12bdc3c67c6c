//go:build !unix

package spool

import "errors"

func lock(string) (func() error, error) {
	return nil, errors.New("a spool needs an operating system with flock")
}

func held(string) (bool, string, error) { return false, "", nil }
