package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"usersync/bench/result"
)

// machine describes where the benchmark runs.
func (c *comparison) machine(ctx context.Context) (m result.Machine, err error) {
	m = result.Machine{Cores: runtime.NumCPU(), CPU: "unknown", Kernel: "unknown", Go: runtime.Version(), Version: version(ctx)}
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		m.CPU = model(string(text))
	}
	if text, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		m.Kernel = strings.TrimSpace(string(text))
	}
	m.Postgres, err = c.cluster.Version(ctx)
	return m, err
}

// model is the name of the first processor.
func model(cpuinfo string) string {
	for line := range strings.Lines(cpuinfo) {
		if key, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

func version(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, "git", "describe", "--always", "--dirty").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

// build builds the program as a release is, and returns where it is.
func (c *comparison) build(ctx context.Context) (program string, err error) {
	program = filepath.Join(c.dir, "usersync")
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-pgo=cmd/usersync/usersync.pgo", "-ldflags", "-s -w -X main.version="+version(ctx), "-o", program, "./cmd/usersync")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("build usersync: %w\n%s", err, &output)
	}
	return program, nil
}
