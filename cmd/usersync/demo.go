package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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
		Args: cobra.NoArgs,
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
		if err = p.showRunning(c, secrets); err == nil {
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

// showRunning prints what is needed to play with the daemon that keeps running.
func (p *program) showRunning(c *config.Config, secrets map[string]string) error {
	type running struct {
		Provider string `json:"provider"`
		URL      string `json:"url"`
		Secret   string `json:"secret"`
	}
	var list []running
	for _, name := range providers.Types() {
		list = append(list, running{name, webhookURL(c, name), secrets[name]})
	}
	return p.print(list, func(w io.Writer) {
		fmt.Fprintln(w, "\nThe daemon keeps running; stop it with Ctrl-C. The database is removed then.")
		fmt.Fprintln(w, "  database", c.Database.URL.Reveal())
		fmt.Fprintln(w, "  metrics  http://"+c.Admin.Listen+"/metrics")
		for _, r := range list {
			fmt.Fprintf(w, "  %-10s %s  secret %s\n", r.Provider, r.URL, r.Secret)
		}
	})
}
