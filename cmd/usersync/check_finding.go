package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"time"
)

// class says who has to act on a finding, and with that the exit code.
type class string

const (
	classOK            class = "ok"
	classWarning       class = "warning"
	classFailed        class = "failed"
	classConfiguration class = "configuration" // serve refuses to start
)

// finding is one line of the check.
type finding struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning,omitempty"` // in order, but perhaps not what was meant
	Detail  string `json:"detail"`
	Remedy  string `json:"remedy,omitempty"` // what to paste, or to do
	Class   class  `json:"class"`
}

func fine(name, detail string) finding {
	return finding{Name: name, OK: true, Detail: detail, Class: classOK}
}

func warned(name, detail, remedy string) finding {
	return finding{Name: name, OK: true, Warning: true, Detail: detail, Remedy: remedy, Class: classWarning}
}

func failed(name, detail, remedy string) finding {
	return finding{Name: name, Detail: detail, Remedy: remedy, Class: classFailed}
}

// label is how a line begins.
func (f finding) label() string {
	switch {
	case !f.OK:
		return "FAILED"
	case f.Warning:
		return "WARN"
	default:
		return "ok"
	}
}

func (f finding) text(w io.Writer) {
	arrow := ""
	if f.Remedy != "" {
		arrow = " → "
	}
	fmt.Fprintf(w, "%-6s %-14s %s%s%s\n", f.label(), f.Name, visibleLine(f.Detail), arrow, visibleLine(f.Remedy))
}

// exitOf is the code that findings end the program with: what failed counts, and
// warnings if they were asked for.
func exitOf(findings []finding, strict bool) int {
	code := exitOK
	for _, f := range findings {
		switch {
		case f.Class == classConfiguration:
			return exitConfig
		case !f.OK, f.Warning && strict:
			code = exitFailed
		}
	}
	return code
}

// section is one part of the check. Parts are looked at beside each other.
type section struct {
	name string // that of its lines, or of the most important
	look func(ctx context.Context) []finding
}

// checkWait is how long the check may take. What has not answered by then failed.
const checkWait = 14 * time.Second

// examine looks at all sections, each for so long at most, and returns their findings
// in the order of the sections.
func examine(ctx context.Context, sections []section, wait time.Duration) []finding {
	ctx, cancel := context.WithTimeout(ctx, cmp.Or(wait, checkWait))
	defer cancel()
	results := make([]chan []finding, len(sections))
	for i, s := range sections {
		results[i] = make(chan []finding, 1) // so that who comes too late is not stuck
		go func() { results[i] <- s.look(ctx) }()
	}
	// A moment more than the context: who heeds it has something to say.
	late := time.NewTimer(cmp.Or(wait, checkWait) + time.Second/2)
	defer late.Stop()
	all := make([][]finding, len(sections))
	over := false
	for i, s := range sections {
		select {
		case all[i] = <-results[i]:
			continue
		default:
		}
		if !over {
			select {
			case all[i] = <-results[i]:
				continue
			case <-late.C:
				over = true
			}
		}
		all[i] = []finding{failed(s.name, fmt.Sprintf("no answer within %s", cmp.Or(wait, checkWait)), "run `usersync check` again; if it stays so, look at what hangs there")}
	}
	return slices.Concat(all...)
}

// eachProvider looks at providers beside each other, in the order of their names.
func eachProvider(ctx context.Context, names []string, look func(ctx context.Context, name string) []finding) []finding {
	all := make([][]finding, len(names))
	done := make(chan struct{})
	for i, name := range names {
		go func() {
			defer func() { done <- struct{}{} }()
			all[i] = look(ctx, name)
		}()
	}
	for range names {
		<-done
	}
	return slices.Concat(all...)
}
