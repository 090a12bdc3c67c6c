package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"usersync/bench/result"
	"usersync/bench/scenario"
	"usersync/bench/site"
	"usersync/internal/pgtest"
)

// behindNow is how far in the past the events begin: a run may make ready as many as fit
// between then and now.
const behindNow = 24 * time.Hour

// comparison is one run of the benchmark.
type comparison struct {
	rounds      int
	duration    time.Duration
	warmup      time.Duration
	users       int
	gormPool    int
	prismaPool  int
	growth      bool
	growthUsers int
	only        string
	within      string

	usersync string // the program
	self     string // this one
	dir      string // for files of the run
	cluster  *site.Cluster
	log      func(format string, arguments ...any)

	contestants map[string]*contestant
}

// outputs are the files that a result goes to, beside the table on standard output.
type outputs struct{ json, markdown, svg string }

func compare(ctx context.Context, arguments []string) (err error) {
	var c comparison
	var files outputs
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&c.rounds, "rounds", 3, "how often each scenario is measured")
	flags.DurationVar(&c.duration, "duration", 5*time.Second, "how long each measurement takes")
	flags.DurationVar(&c.warmup, "warmup", 2*time.Second, "how long is sent before each measurement")
	flags.IntVar(&c.users, "users", 100_000, "users in each database")
	flags.StringVar(&c.only, "only", "", "`REGEXP` of what is measured, as ^ingest-64/ (within BENCH='…' put it in double quotes, and write $$ for $)")
	flags.StringVar(&c.usersync, "usersync", "", "the program, built for a release; built here if none is named")
	flags.StringVar(&c.within, "dir", "", "where files go while it runs, on a real disk: a SQLite database among them (default: among the temporary ones)")
	flags.IntVar(&c.prismaPool, "prisma-pool", prismaPool, "connections of Express + Prisma to its database")
	flags.IntVar(&c.gormPool, "gorm-pool", gormPool, "connections of echo + GORM to its database")
	flags.BoolVar(&c.growth, "growth", false, "measure a small and a large database instead, which takes minutes to fill")
	flags.IntVar(&c.growthUsers, "growth-users", 10_000_000, "users and processed events in the large one")
	flags.StringVar(&files.json, "json", "", "`FILE` for everything that was measured")
	flags.StringVar(&files.markdown, "markdown", "", "`FILE` for the table as docs have it")
	flags.StringVar(&files.svg, "svg", "", "`FILE` for the picture of the ingest")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("%q is not understood: what is measured is named by -only REGEXP", flags.Arg(0))
	}
	only, err := regexp.Compile(c.only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	scenarios := scenario.All()
	if c.growth {
		scenarios = scenario.Growth()
	}
	chosen := scenario.Choose(scenarios, only.MatchString)
	if len(chosen) == 0 {
		return fmt.Errorf("-only: %s matches nothing of %s", c.only, strings.Join(keys(scenarios), ", "))
	}
	if c.rounds < 1 || c.users < 1 || c.growthUsers < 1 || c.duration <= 0 {
		return errors.New("-rounds, -users, -growth-users and -duration must be more than 0")
	}
	if err := files.open(); err != nil {
		return err
	}
	server := os.Getenv(pgtest.ServerEnv)
	if server == "" {
		return fmt.Errorf("%s names no Postgres: use `make bench`, or go run ./internal/pgtest/pgrun -durable -- go run ./bench", pgtest.ServerEnv)
	}
	if c.self, err = os.Executable(); err != nil {
		return err
	}
	c.log = func(format string, arguments ...any) { fmt.Fprintf(os.Stderr, format+"\n", arguments...) }
	if c.dir, err = os.MkdirTemp(c.within, "usersync-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(c.dir)) }()
	if c.cluster, err = site.Open(ctx, server); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, c.cluster.Close(context.WithoutCancel(ctx))) }()
	r, err := c.run(ctx, chosen)
	if err != nil {
		return err
	}
	r.Command = commandOf(flags)
	r.Text(os.Stdout)
	if err := files.write(r); err != nil {
		return err
	}
	if len(r.Failures) > 0 {
		return fmt.Errorf("%d measurements are not to be believed", len(r.Failures))
	}
	return nil
}

// commandOf is how somebody else measures the same: what says where files are is left out.
func commandOf(flags *flag.FlagSet) string {
	var settings []string
	flags.Visit(func(f *flag.Flag) {
		switch f.Name {
		case "usersync", "dir", "json", "markdown", "svg":
		default:
			settings = append(settings, fmt.Sprintf("-%s=%s", f.Name, quoted(f.Value.String())))
		}
	})
	if len(settings) == 0 {
		return "make bench"
	}
	return fmt.Sprintf("make bench BENCH='%s'", strings.Join(settings, " "))
}

// quoted is a value as it stands in BENCH='…', which make reads first and then a shell.
func quoted(value string) string {
	if !strings.ContainsAny(value, "|&;()<>*?[]$ ") {
		return value
	}
	return `"` + strings.ReplaceAll(value, "$", "$$") + `"`
}

// keys lists what can be measured.
func keys(scenarios []scenario.Scenario) (all []string) {
	for _, c := range scenario.Choose(scenarios, func(string) bool { return true }) {
		all = append(all, c.Key())
	}
	return all
}

// open fails if one of the files cannot be written: to learn that after the measurements
// would be late.
func (o outputs) open() error {
	for _, name := range []string{o.json, o.markdown, o.svg} {
		if name == "" {
			continue
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

func (o outputs) write(r result.Result) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	var faults []error
	if o.json != "" {
		faults = append(faults, os.WriteFile(o.json, append(text, '\n'), 0o644))
	}
	if o.markdown != "" {
		faults = append(faults, writeFile(o.markdown, r.Markdown))
	}
	if o.svg != "" {
		faults = append(faults, os.WriteFile(o.svg, []byte(drawing(r)), 0o644))
	}
	return errors.Join(faults...)
}

func writeFile(name string, write func(io.Writer)) error {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	write(file)
	return file.Close()
}
