package main

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"usersync/internal/alarm"
)

var (
	fencedBlock  = regexp.MustCompile("(?s)```.*?```")
	inlineCode   = regexp.MustCompile("`[^`\n]+`")
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading      = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)
	noAnchor     = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// anchors are what a link may point to in a page.
func anchors(text string) map[string]bool {
	all := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(fencedBlock.ReplaceAllString(text, ""), -1) {
		name := strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-")
		all[name] = true
	}
	return all
}

// pages are all documents that people read, relative to the project.
func pages(t *testing.T) (all []string) {
	t.Helper()
	root := filepath.Join("..", "..")
	all = append(all, "README.md", "CHANGELOG.md")
	err := filepath.WalkDir(filepath.Join(root, "docs"), func(file string, _ fs.DirEntry, err error) error {
		if err == nil && path.Ext(file) == ".md" {
			file, err = filepath.Rel(root, file)
			all = append(all, filepath.ToSlash(file))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	links := 0
	for _, page := range pages(t) {
		text := projectFile(t, page)
		for _, found := range markdownLink.FindAllStringSubmatch(inlineCode.ReplaceAllString(fencedBlock.ReplaceAllString(text, ""), ""), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(target, ":") {
				continue // another site
			}
			links++
			file := page
			if target != "" {
				file = path.Join(path.Dir(page), target)
			}
			if _, err := os.Stat(filepath.Join("..", "..", filepath.FromSlash(file))); err != nil {
				t.Errorf("%s: nothing is at %s", page, found[1])
			} else if anchor != "" && !anchors(projectFile(t, file))[anchor] {
				t.Errorf("%s: %s has no heading #%s", page, file, anchor)
			}
		}
	}
	if links < 50 {
		t.Errorf("only %d links were found", links)
	}
}

// quotedCommand is `usersync …` in a line, or a line of a block.
var quotedCommand = regexp.MustCompile("(?m)`(?:/)?usersync ([^`\n]+)`|^usersync ([^#\n]+)|exec usersync /usersync ([^#\n]+)")

// Every command in the guide is one that the program has.
func TestCommandsOfTheGuide(t *testing.T) {
	t.Parallel()
	found := quotedCommand.FindAllStringSubmatch(projectFile(t, "docs/OPERATIONS.md"), -1)
	for _, part := range found {
		mustParse(t, strings.Fields(strings.TrimSpace(part[1]+part[2]+part[3])))
	}
	if len(found) < 40 {
		t.Errorf("only %d commands were found", len(found))
	}
}

// Whoever is alarmed finds a heading of that name: anchor and kind differ in their
// dashes only.
func TestGuideHasEveryAlarm(t *testing.T) {
	t.Parallel()
	guide := anchors(projectFile(t, "docs/OPERATIONS.md"))
	for _, kind := range []alarm.Kind{alarm.ProviderSilent, alarm.SignatureFailures, alarm.DeadLetters, alarm.SpoolInUse,
		alarm.DeliveriesRefused, alarm.DriftHeld, alarm.DeletesHeld} {
		if !guide[strings.ReplaceAll(string(kind), "_", "-")] {
			t.Errorf("nothing about %s", kind)
		}
	}
	rules, err := filepath.Glob("../../deploy/prometheus/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range rules {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`docs/OPERATIONS\.md#([a-z-]+)`).FindAllStringSubmatch(string(text), -1) {
			if !guide[found[1]] {
				t.Errorf("%s: the guide has no heading #%s", file, found[1])
			}
		}
	}
}
