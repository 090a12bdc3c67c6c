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
		Long: `Starts the daemon on an embedded SQLite file with all built-in providers and
generated secrets, posts real signed webhooks of each over HTTP, prints every
request with its answer, and then the users table.`,
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

// demoConfig configures every built-in provider with a generated secret.
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
	for _, name := range providers.Types() {
		var random [16]byte
		rand.Read(random[:])
		secrets[name] = "demo_" + hex.EncodeToString(random[:])
		c.Built[name], err = providers.New(name, providers.Settings{Type: name, Secrets: []secret.Text{secret.New(secrets[name])}})
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return secrets, c, nil
}
