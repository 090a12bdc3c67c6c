package spool

import (
	"strings"
	"testing"
)

func TestDoubts(t *testing.T) {
	t.Parallel()
	for magic, want := range map[uint32]string{
		0x01021994: "memory", 0x858458f6: "memory", 0x794c7630: "volume", 0xef53: "", // ext4
	} {
		got := strings.Join(doubtsAbout(magic), "")
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%x: %q", magic, got)
		}
	}
	if got := doubtsOf("/proc/self/not/there/so/far"); len(got) != 0 {
		t.Error(got)
	}
}
