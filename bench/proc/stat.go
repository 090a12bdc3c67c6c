// Package proc reads what Linux says about processes in /proc.
package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit of the times in /proc/PID/stat: USER_HZ is 100 on every Linux that Go
// runs on.
const tick = 10 * time.Millisecond

var errForm = errors.New("/proc has a form that is not known")

// stat is what one line of /proc/PID/stat says.
type stat struct {
	parent int
	own    time.Duration // of processor time, by the process itself
	ended  time.Duration // by its children that have ended and were waited for
}

// parseStat reads a line of /proc/PID/stat. The name of the program stands in brackets and
// may hold brackets and spaces itself.
func parseStat(line []byte) (stat, error) {
	end := bytes.LastIndexByte(line, ')')
	if end < 0 {
		return stat{}, errForm
	}
	fields := strings.Fields(string(line[end+1:]))
	const parent, firstTime, times = 1, 11, 4 // behind the name: state, ppid, …, utime, stime, cutime, cstime
	if len(fields) < firstTime+times {
		return stat{}, errForm
	}
	pid, err := strconv.Atoi(fields[parent])
	if err != nil {
		return stat{}, fmt.Errorf("%w: %w", errForm, err)
	}
	var ticks [times]int64
	for i := range ticks {
		if ticks[i], err = strconv.ParseInt(fields[firstTime+i], 10, 64); err != nil {
			return stat{}, fmt.Errorf("%w: %w", errForm, err)
		}
	}
	return stat{pid, time.Duration(ticks[0]+ticks[1]) * tick, time.Duration(ticks[2]+ticks[3]) * tick}, nil
}

func statOf(pid int) (stat, error) {
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	return parseStat(line)
}

// Parent returns the process that a process was started by.
func Parent(pid int) (int, error) {
	s, err := statOf(pid)
	return s.parent, err
}

// Peak returns the most memory in bytes that a process had resident since its start.
func Peak(pid int) (int64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	return parsePeak(string(status))
}

func parsePeak(status string) (int64, error) {
	_, after, found := strings.Cut(status, "VmHWM:")
	line, _, _ := strings.Cut(after, "\n")
	number, isKiB := strings.CutSuffix(strings.TrimSpace(line), " kB")
	kib, err := strconv.ParseInt(number, 10, 64)
	if !found || !isKiB || err != nil {
		return 0, errForm
	}
	return kib << 10, nil
}
