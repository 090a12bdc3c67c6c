package main

import (
	"strings"
	"testing"
	"time"

	"usersync/internal/spool"
)

func TestJudgeMachine(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		files  uint64
		memory int64
		want   string
	}{
		{0, 0, "files and memory suffice"},
		{1024, 128 << 20, "files and memory suffice"},
		{256, 1 << 30, "256 files may be open at once"},
		{65536, 64 << 20, "64 MiB of memory are allowed"},
	} {
		if found := judgeMachine(c.files, c.memory); len(found) != 1 || !strings.Contains(found[0].Detail, c.want) || found[0].Warning != (found[0].Remedy != "") {
			t.Errorf("%+v: %+v", c, found)
		}
	}
	if n := fileLimit(); n == 0 {
		t.Error("this machine has a limit")
	}
}

// The least of the limits of all groups above counts, in both versions.
func TestMemoryLimit(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  int64
	}{
		"none":      {nil, 0},
		"no limit":  {map[string]string{"/proc/self/cgroup": "0::/a/b", "/sys/fs/cgroup/a/b/memory.max": "max"}, 0},
		"its own":   {map[string]string{"/proc/self/cgroup": "0::/", "/sys/fs/cgroup/memory.max": "67108864"}, 64 << 20},
		"one above": {map[string]string{"/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "268435456", "/sys/fs/cgroup/a/memory.max": "67108864"}, 64 << 20},
		"version 1": {map[string]string{"/proc/self/cgroup": "3:cpu:/x\n2:memory:/x\n", "/sys/fs/cgroup/memory/x/memory.limit_in_bytes": "67108864", "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, 64 << 20},
	} {
		if got := memoryLimit(func(name string) string { return c.files[name] }); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestJudgeMedium(t *testing.T) {
	t.Parallel()
	sound := spool.Medium{Free: 2 << 30, Files: 100_000, FilesAll: 200_000, Owner: 7, Mode: 0o700}
	for want, change := range map[string]func(m *spool.Medium, sync *time.Duration, user *int){
		"":                              func(*spool.Medium, *time.Duration, *int) {},
		"512 MiB are free":              func(m *spool.Medium, _ *time.Duration, _ *int) { m.Free = 512 << 20 },
		"only 12 files":                 func(m *spool.Medium, _ *time.Duration, _ *int) { m.Files = 12 },
		"an fsync takes 150ms":          func(_ *spool.Medium, sync *time.Duration, _ *int) { *sync = 150 * time.Millisecond },
		"it belongs to user 7":          func(_ *spool.Medium, _ *time.Duration, user *int) { *user = 8 },
		"others may read it (mode 0755": func(m *spool.Medium, _ *time.Duration, _ *int) { m.Mode = 0o755 },
	} {
		m, sync, user := sound, time.Millisecond, 7
		change(&m, &sync, &user)
		found := judgeMedium("/spool", m, sync, 1<<30, user)
		if want == "" && len(found) > 0 || want != "" && (len(found) != 1 || !found[0].Warning || !strings.Contains(found[0].Detail, want) || found[0].Remedy == "") {
			t.Errorf("%q: %+v", want, found)
		}
	}
	// File systems without inodes count none, and root may be anybody.
	if found := judgeMedium("/spool", spool.Medium{Free: 2 << 30, Owner: 7, Mode: 0o700}, 0, 1<<30, 0); len(found) > 0 {
		t.Errorf("%+v", found)
	}
}
