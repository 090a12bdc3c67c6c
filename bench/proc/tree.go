package proc

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

// CPU returns the processor time that a process has used with all that it started: those
// that run, and those that have ended.
func CPU(root int) (time.Duration, error) {
	if _, err := statOf(root); err != nil {
		return 0, err
	}
	all, err := processes()
	if err != nil {
		return 0, err
	}
	return sum(all, root), nil
}

// sum adds up the times of a process and its descendants.
func sum(all map[int]stat, root int) (total time.Duration) {
	children := map[int][]int{}
	for pid, s := range all {
		children[s.parent] = append(children[s.parent], pid)
	}
	for queue := []int{root}; len(queue) > 0; queue = queue[1:] {
		s := all[queue[0]]
		total += s.own + s.ended
		queue = append(queue, children[queue[0]]...)
	}
	return total
}

// processes reads the lines of all processes. One that ends meanwhile is left out: its
// parent has its times then, or will.
func processes() (map[int]stat, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, err
	}
	all := map[int]stat{}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		s, err := statOf(pid)
		switch {
		case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ESRCH):
			continue
		case err != nil:
			return nil, err
		}
		all[pid] = s
	}
	return all, nil
}
