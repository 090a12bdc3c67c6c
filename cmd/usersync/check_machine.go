package main

import (
	"fmt"
	"os"
	"path"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

// Less than these is too little under load: each sender and each connection of the
// database is a file; bodies, batches and a backfill's pages are kept in memory.
const (
	fewFiles    = 1024
	scantMemory = 128 << 20
)

// checkMachine looks at what this machine, or container, allows us.
func checkMachine() []finding {
	return judgeMachine(fileLimit(), memoryLimit(func(name string) string {
		text, _ := os.ReadFile(name) // what is not there limits nothing
		return strings.TrimSpace(string(text))
	}))
}

// judgeMachine judges limits; 0 is none.
func judgeMachine(files uint64, memory int64) (findings []finding) {
	if files > 0 && files < fewFiles {
		findings = append(findings, warned("machine", fmt.Sprintf("%d files may be open at once: senders may be turned away", files), "ulimit -n 65536, or LimitNOFILE=65536 in the unit"))
	}
	if memory > 0 && memory < scantMemory {
		findings = append(findings, warned("machine", humanize.IBytes(uint64(memory))+" of memory are allowed: a backfill or large batches may be killed", "MemoryMax=256M in the unit, or resources.limits.memory: 256Mi"))
	}
	if findings == nil {
		findings = append(findings, fine("machine", "files and memory suffice"))
	}
	return findings
}

// memoryLimit returns the least limit of the control groups that this process is in,
// 0 if there is none, of both versions of them.
func memoryLimit(read func(name string) string) (least int64) {
	const root, unlimited = "/sys/fs/cgroup", 1 << 60 // version 1 writes the largest multiple of a page
	note := func(name string) {
		n, err := strconv.ParseInt(read(name), 10, 64)
		if err == nil && n > 0 && n < unlimited && (least == 0 || n < least) {
			least = n
		}
	}
	for line := range strings.Lines(read("/proc/self/cgroup")) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		folder, file := root, "memory.max"
		switch {
		case parts[0] == "0" && parts[1] == "":
		case parts[1] == "memory":
			folder, file = root+"/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		for group := path.Clean("/" + parts[2]); ; group = path.Dir(group) {
			note(path.Join(folder, group, file))
			if group == "/" {
				break
			}
		}
	}
	return least
}
