package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"usersync/internal/config"
	"usersync/internal/secret"
	"usersync/models"
	"usersync/providers"
)

func (p *program) demoCommand() *cobra.Command {
	var keep bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Show everything at work in a few seconds, on an embedded database",
		Long: `Starts the daemon on an embedded SQLite file with all built-in providers
whose requests can be signed with a secret, posts real signed webhooks of each over HTTP, and prints every
request with its answer. Then it backfills from a provider's API on loopback,
repairs what no webhook told, and prints the users table.`,
		Args: noWords,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.demo(cmd.Context(), keep) },
	}
	cmd.Flags().BoolVar(&keep, "keep", false, "leave the daemon running, with its URLs and secrets shown")
	return cmd
}

func (p *program) demo(ctx context.Context, keep bool) (err error) {
	dir, err := os.MkdirTemp("", "usersync-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	secrets, c, err := demoConfig(dir)
	if err != nil {
		return err
	}
	log := zerolog.New(p.stderr).Level(zerolog.WarnLevel)
	if !keep {
		log = zerolog.Nop() // the forged request is part of the show
	}
	d, err := newDaemon(ctx, c, log)
	if err != nil {
		return err
	}
	c.Listen, c.Admin.Listen = d.public.Addr().String(), d.admin.Addr().String()
	serving, stop := context.WithCancel(ctx)
	defer stop()
	stopped := make(chan error, 1)
	go func() { stopped <- d.run(serving) }()

	story := demoStory{program: p, config: c}
	result, err := story.tell(ctx)
	if err == nil {
		result.List, err = demoLists(ctx, c.Built[demoListed], d.db)
		if result.List.Surprise {
			result.Surprises++
		}
	}
	if err == nil {
		var users []models.User
		users, err = d.db.Users(ctx)
		result.Users = demoUsers(users)
	}
	if err == nil {
		err = p.print(result, result.print)
	}
	if err == nil && keep {
		if err = p.showRunning(c, secrets, result.Requests[0]); err == nil {
			<-ctx.Done()
		}
	}
	stop()
	if err = errors.Join(err, <-stopped); err == nil && result.Surprises > 0 {
		err = failure(exitFailed)
	}
	return err
}

// demoConfig configures every built-in provider that can be signed for, with a
// generated secret.
func demoConfig(dir string) (secrets map[string]string, c *config.Config, err error) {
	secrets = map[string]string{}
	c = &config.Config{
		Listen:  "127.0.0.1:0",
		MaxBody: 1 << 20,
		Admin:   config.Admin{Listen: "127.0.0.1:0"},
		Database: config.Database{
			URL:         secret.New("sqlite:" + filepath.Join(dir, "usersync.db")),
			Migrate:     true,
			AckDeadline: 10 * time.Second,
		},
		Built: map[string]*providers.Provider{},
	}
	type configured struct{ name, typ string }
	all := []configured{{demoListed, "authon"}}
	for _, name := range providers.Signable() {
		all = append(all, configured{name, name})
	}
	for _, p := range all {
		var random [16]byte
		rand.Read(random[:])
		secrets[p.name], _ = providers.MadeUp(p.typ, "demo_"+hex.EncodeToString(random[:]))
		c.Built[p.name], err = providers.New(p.name, providers.Settings{Type: p.typ, Secrets: []secret.Text{secret.New(secrets[p.name])}})
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return secrets, c, nil
}
