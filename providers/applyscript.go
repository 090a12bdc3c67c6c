package providers

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// actionKinds are the actions that everybody has, and what each says of a user.
func actionKinds() map[string]string {
	return map[string]string{
		"user.upsert": "user.updated",
		"user.delete": "user.deleted",
		"user.ban":    "user.banned",
		"user.unban":  "user.unbanned",
	}
}

// scripted is a definition's script, ready to be run.
type scripted struct {
	Scripting
	file, text string
	actions    []string // that it may call
	output     *Provider
}

// applyScript reads the script and finds the actions that it may call.
func (p *Provider) applyScript(s Settings) (faults []error) {
	part := p.def.script
	if part == nil {
		if len(s.AllowedActions) > 0 {
			faults = append(faults, errors.New("allowed_actions: only a definition with a script calls actions; remove it"))
		}
		return faults
	}
	if len(s.Aliases) > 0 {
		faults = append(faults, errors.New("aliases: the script says what an event means; remove it"))
	}
	if len(s.Paths) > 0 {
		faults = append(faults, errors.New("paths: the script says where everything stands; remove it"))
	}
	p.script = &scripted{Scripting: s.Scripting, file: part.name()}
	if p.script.Limit <= 0 {
		p.script.Limit = defaultScriptLimit
	}
	if wrong := p.script.load(part); wrong != nil {
		faults = append(faults, wrong)
	}
	for _, id := range s.AllowedActions {
		if wrong := s.Scripting.unknown(id); wrong != "" {
			faults = append(faults, fmt.Errorf("allowed_actions: %q: %s", cut(id), wrong))
			continue
		}
		if missing := s.Scripting.disabled(id); missing != "" {
			p.warnings = append(p.warnings, fmt.Sprintf("allowed_actions: scripts do not have %s, because %s is not in scripts.enabled_actions", id, missing))
			continue
		}
		p.script.actions = append(p.script.actions, id)
	}
	if len(faults) == 0 {
		p.script.output = p.outputReader()
	}
	return faults
}

// load reads the script's file. It says what must be changed where.
func (s *scripted) load(part *scriptPart) error {
	if s.Read == nil {
		return part.fault("no file can be read here")
	}
	text, err := s.Read(part.definition, part.path)
	if err != nil {
		return part.fault("cannot read the file: %v; a relative path begins at the directory of this file", err)
	}
	s.text = string(text)
	if s.Runner == nil {
		return nil
	}
	if err := s.Runner.Check(s.file, s.text); err != nil {
		return part.fault("%v", err)
	}
	return nil
}

// CheckEnabled says what is wrong with the id of an action that is enabled, else "".
func (s Scripting) CheckEnabled(id string) string {
	if wrong := s.unknown(id); wrong != "" {
		return wrong
	}
	if missing := s.disabled(id); missing != "" {
		return "it depends on " + missing + ", which is not enabled: enable that too, or remove this"
	}
	return ""
}

// known are the ids of all actions, sorted.
func (s Scripting) known() (ids []string) {
	for id := range actionKinds() {
		ids = append(ids, id)
	}
	for _, a := range s.Actions {
		ids = append(ids, a.ID)
	}
	slices.Sort(ids)
	return ids
}

// unknown says what is wrong with an id that is none, else "".
func (s Scripting) unknown(id string) string {
	known := s.known()
	if slices.Contains(known, id) {
		return ""
	}
	return "there is no such action" + didYouMean(id, known) + "; the actions are " + strings.Join(known, ", ")
}

// declared finds an action of the operator's.
func (s Scripting) declared(id string) *Action {
	for i := range s.Actions {
		if s.Actions[i].ID == id {
			return &s.Actions[i]
		}
	}
	return nil
}

// disabled is the action that keeps another one away: itself, or one that it depends
// on, however far; "" if all are enabled.
func (s Scripting) disabled(id string) string { return s.disabledBut(id, nil) }

func (s Scripting) disabledBut(id string, above []string) string {
	if !slices.Contains(s.Enabled, id) {
		return id
	}
	a := s.declared(id)
	if a == nil || slices.Contains(above, id) {
		return ""
	}
	for _, needed := range a.DependsOn {
		if missing := s.disabledBut(needed, append(above, id)); missing != "" {
			return missing
		}
	}
	return ""
}
