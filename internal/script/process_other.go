//go:build !unix

package script

import "syscall"

// apart is for systems where signals go to groups of processes.
func apart() *syscall.SysProcAttr { return nil }
