package proc

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		line  string
		want  stat
		fails bool
	}{
		"plain":    {line: "12 (postgres) S 7 12 12 0 -1 4194560 100 200 0 0 250 50 30 20 20 0 1 0 1 1", want: stat{7, 3 * time.Second, 500 * time.Millisecond}},
		"brackets": {line: "12 (a) b (c) R 9 12 12 0 -1 4194560 100 200 0 0 1 0 0 0 20 0 1 0 1 1", want: stat{9, 10 * time.Millisecond, 0}},
		"short":    {line: "12 (postgres) S 7 12", fails: true},
		"no name":  {line: "12 postgres S 7", fails: true},
		"no time":  {line: "12 (postgres) S 7 12 12 0 -1 4194560 100 200 0 0 x 50 30 20 20", fails: true},
		"empty":    {fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := parseStat([]byte(c.line))
			if (err != nil) != c.fails || got != c.want {
				t.Errorf("%+v, %v, want %+v", got, err, c.want)
			}
		})
	}
}

func TestParsePeak(t *testing.T) {
	t.Parallel()
	if got, err := parsePeak("Name:\tx\nVmHWM:\t   2048 kB\nVmRSS:\t 1024 kB\n"); err != nil || got != 2<<20 {
		t.Errorf("%d, %v", got, err)
	}
	for _, status := range []string{"", "VmRSS:\t1 kB\n", "VmHWM:\t1 MB\n", "VmHWM:\tmany kB\n"} {
		if got, err := parsePeak(status); err == nil {
			t.Errorf("%q: %d", status, got)
		}
	}
}

func TestSumTakesTheWholeFamilyAndNobodyElse(t *testing.T) {
	t.Parallel()
	all := map[int]stat{
		1: {0, time.Hour, time.Hour},
		2: {1, time.Second, 2 * time.Second}, // with children that ended
		3: {2, 3 * time.Second, 0},
		4: {3, 4 * time.Second, 0},
		5: {1, time.Minute, 0},
	}
	if got := sum(all, 2); got != 10*time.Second {
		t.Error(got)
	}
}

// A child's time counts while it runs and after it has ended.
func TestCPUOfThisProcess(t *testing.T) {
	t.Parallel()
	before, err := CPU(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.CommandContext(t.Context(), "sh", "-c", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done").Run(); err != nil {
		t.Fatal(err)
	}
	after, err := CPU(os.Getpid())
	if err != nil || after < before+tick {
		t.Errorf("%v, then %v, %v", before, after, err)
	}
	if peak, err := Peak(os.Getpid()); err != nil || peak < 1<<20 {
		t.Errorf("%d, %v", peak, err)
	}
	if _, err := CPU(1 << 30); err == nil {
		t.Error("a process that is not there has used no time")
	}
	if parent, err := Parent(os.Getpid()); err != nil || parent != os.Getppid() {
		t.Errorf("%d, %v", parent, err)
	}
}
