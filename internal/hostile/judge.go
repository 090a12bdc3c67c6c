package hostile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// Judge returns what is wrong with the answers to a case, or nil. No answer
// may contain one of the secrets.
func (c Case) Judge(answers []Answer, secrets ...string) error {
	var faults []error
	if len(answers) == 0 && !slices.Contains(c.Want, Closed) {
		faults = append(faults, fmt.Errorf("no answer, want one of %v", c.Want))
	}
	for _, a := range answers {
		if !slices.Contains(c.Want, a.Status) {
			faults = append(faults, fmt.Errorf("status %d, want one of %v: %s", a.Status, c.Want, a.Body))
		}
		faults = append(faults, a.form(), a.leaks(append(secrets, Canary)))
		if a.Status == http.StatusOK && c.Outcome != "" {
			faults = append(faults, a.says(c.Outcome))
		}
	}
	return errors.Join(faults...)
}

// form checks what every answer owes its reader.
func (a Answer) form() error {
	var faults []error
	if a.Status >= 300 && a.Status < 400 || a.Status >= 500 {
		faults = append(faults, fmt.Errorf("status %d can never be right", a.Status))
	}
	if server := a.Header.Get("Server"); server != "" {
		faults = append(faults, fmt.Errorf("the answer names its server: %s", server))
	}
	if len(a.Body) > 0 {
		if kind := a.Header.Get("Content-Type"); kind != "application/json" {
			faults = append(faults, fmt.Errorf("content type %q", kind))
		}
		if cache := a.Header.Get("Cache-Control"); cache != "no-store" {
			faults = append(faults, fmt.Errorf("cache control %q", cache))
		}
		if !json.Valid(a.Body) {
			faults = append(faults, fmt.Errorf("the body is no JSON: %q", a.Body))
		}
	}
	return errors.Join(faults...)
}

// leaks looks for secrets in the whole answer.
func (a Answer) leaks(secrets []string) error {
	for _, s := range secrets {
		if bytes.Contains(a.Body, []byte(s)) {
			return errors.New("the body holds a secret")
		}
		for _, values := range a.Header {
			if strings.Contains(strings.Join(values, "\n"), s) {
				return errors.New("a header holds a secret")
			}
		}
	}
	return nil
}

// says checks the outcome.
func (a Answer) says(outcome string) error {
	var receipt struct{ Outcome string }
	if err := json.Unmarshal(a.Body, &receipt); err != nil || receipt.Outcome != outcome {
		return fmt.Errorf("outcome %q, want %q", receipt.Outcome, outcome)
	}
	return nil
}
