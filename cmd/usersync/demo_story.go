package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"usersync/internal/config"
	"usersync/internal/secret"
	"usersync/providers"
)

// demoStory posts the webhooks of the demo.
type demoStory struct {
	program *program
	config  *config.Config
}

// demoRequest is one request of the demo and its answer.
type demoRequest struct {
	Provider string `json:"provider"`
	Kind     string `json:"kind"`
	User     string `json:"user"`
	Note     string `json:"note,omitempty"`
	Status   int    `json:"status"`
	Outcome  string `json:"outcome,omitempty"`
	Surprise bool   `json:"surprise,omitempty"` // not the answer that was expected
}

// demoResult is what the demo prints.
type demoResult struct {
	Requests  []demoRequest `json:"requests"`
	List      demoList      `json:"list"`
	Users     []demoUser    `json:"users"`
	Surprises int           `json:"surprises"` // answers that were not as expected
}

// chapter is one request to make: what happens to whom, seconds before now.
type chapter struct {
	kind    string
	user    string
	seconds int
	note    string
	want    string // the outcome, or "" for any that either has
	// either goes on with the note, by the outcome: providers tell of the same in
	// more and in fewer words.
	either map[string]string
	needs  string // another kind, without which the chapter makes no sense
	repeat bool   // the same bytes as the request before
	forge  bool   // signed with another secret
}

// chapters are told of every provider, as far as it has such events. Signed
// timestamps are fresh for five minutes.
var chapters = []chapter{
	{kind: "user.created", user: "ann", seconds: 120, want: "applied"},
	{kind: "user.updated", user: "ann", seconds: 100, want: "applied"},
	{kind: "user.updated", user: "ann", seconds: 100, want: "duplicate", repeat: true, note: "the same again"},
	{kind: "user.created", user: "ann", seconds: 140, want: "stale", note: "late: older than what is known"},
	{kind: "user.banned", user: "ann", seconds: 80, want: "applied"},
	{kind: "user.unbanned", user: "ann", seconds: 60, want: "applied"},
	{kind: "user.banned", user: "bob", seconds: 50, want: "applied", note: "a user nobody told us of"},
	{kind: "user.deleted", user: "cleo", seconds: 30, want: "applied", note: "overtakes its user.created"},
	{kind: "user.created", user: "cleo", seconds: 40, needs: "user.deleted", note: "late: cleo stays deleted", either: map[string]string{
		"applied": "gets the profile that the deletion did not tell",
		"stale":   "nothing in it is news",
	}},
	{kind: "user.created", user: "eve", seconds: 10, forge: true, note: "forged"},
}

// plan leaves out of the chapters what a provider without certain events
// cannot tell: those of a kind that it does not have, or that need one, and the
// repetition of a request that was left out.
func plan(chapters []chapter, has func(kind string) bool) []chapter {
	var told []chapter
	before := false // whether the chapter before is told
	for _, ch := range chapters {
		before = has(ch.kind) && (ch.needs == "" || has(ch.needs)) && (before || !ch.repeat)
		if before {
			told = append(told, ch)
		}
	}
	return told
}

func (s demoStory) tell(ctx context.Context) (*demoResult, error) {
	result := &demoResult{}
	client := &http.Client{Timeout: 10 * time.Second}
	for _, name := range providers.Signable() {
		if err := s.tellOf(ctx, client, s.config.Built[name], result); err != nil {
			return nil, err
		}
	}
	return result, nil
}

// tellOf posts one provider's webhooks.
func (s demoStory) tellOf(ctx context.Context, client *http.Client, p *providers.Provider, result *demoResult) error {
	forged, _ := providers.MadeUp(p.Type(), "not the secret")
	forger, err := providers.New(p.Name(), providers.Settings{Type: p.Type(), Secrets: []secret.Text{secret.New(forged)}})
	if err != nil {
		return err
	}
	now := time.Now()
	has := func(kind string) bool {
		_, _, err := p.Build(kind, providers.Sample{UserID: "u", Time: now})
		return err == nil
	}
	var header http.Header
	var body []byte
	for i, ch := range plan(chapters, has) {
		sample := providers.Sample{
			UserID: p.Name() + "_" + ch.user, Email: ch.user + "@example.com", Name: strings.ToUpper(ch.user[:1]) + ch.user[1:] + " Example",
			EventID: fmt.Sprintf("evt_%s_%d", p.Name(), i), Time: now.Add(-time.Duration(ch.seconds) * time.Second),
		}
		signer := p
		if ch.forge {
			signer = forger
		}
		if !ch.repeat {
			if header, body, err = signer.Build(ch.kind, sample); err != nil {
				return err
			}
		}
		status, answer, err := post(ctx, client, webhookURL(s.config, p.Name()), header.Clone(), body)
		if err != nil {
			return err
		}
		request := demoRequest{Provider: p.Name(), Kind: ch.kind, User: sample.UserID, Note: ch.note, Status: status}
		silent := p.Reply() != nil && taken(status) // a reply of the provider's own tells no outcome
		var parsed struct{ Outcome string }
		if err := json.Unmarshal([]byte(answer), &parsed); err != nil && !silent {
			return fmt.Errorf("the daemon answered %q", answer)
		}
		request.Outcome = parsed.Outcome
		more, one := ch.either[request.Outcome]
		if one {
			request.Note += "; " + more
		}
		if ch.forge && status != http.StatusUnauthorized || !ch.forge && !taken(status) || !silent && (ch.want != "" && ch.want != request.Outcome || len(ch.either) > 0 && !one) {
			request.Surprise = true
			result.Surprises++
		}
		result.Requests = append(result.Requests, request)
	}
	return nil
}
