//go:build unix

package script

import "syscall"

// apart keeps the signals of a terminal away from a worker.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
