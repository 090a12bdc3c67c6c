package spool

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		0x01021994: "memory", 0x858458f6: "memory", 0x794c7630: "volume", 0xef53: "", // ext4
		0x6969: "network", 0xff534d42: "network", 0x65735546: "network",
	} {
		got := strings.Join(fileSystemOf(magic).doubts(), "")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%x: %q", magic, got)
		}
	}
	if got := FileSystemOf("/proc/self/not/there/so/far").doubts(); len(got) != 0 {
		t.Error(got)
	}
}

// What the kernel shows keeps no file, although root is told that they may write.
func TestUsableOfTheKernel(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"/proc", "/proc/x", "/sys/a/b"} {
		if err := Usable(dir); err == nil || !strings.Contains(err.Error(), "kernel") {
			t.Errorf("%s: %v", dir, err)
		}
	}
}

// A directory that is not there so far is doubted as the one above it is.
func TestDoubtsBeforeItIsMade(t *testing.T) {
	t.Parallel()
	const memory = "/dev/shm"
	if len(Doubts(memory)) != 1 {
		t.Fatal(memory + " is kept in memory on every Linux that has it")
	}
	if got := Doubts(memory + "/not/there/so/far"); len(got) != 1 || !strings.Contains(got[0], "memory") {
		t.Error(got)
	}
}
