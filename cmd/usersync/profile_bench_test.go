package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"github.com/google/pprof/profile"

	"usersync/bench/load"
	"usersync/internal/pgtest"
	"usersync/providers"
)

const (
	// profileEnv names the file that BenchmarkProfile writes.
	profileEnv = "USERSYNC_PROFILE"

	profiledFor      = 15 * time.Second
	profiledRequests = 80_000 // no more, because a signature is good for minutes only
	profiledUsers    = 50_000
	profiledListed   = 200_000

	// In percent of the requests, which the daemon would not hold. Otherwise the
	// collector would hardly run beside them, and the profile not know it.
	profiledGarbage = 15
)

// notProfiled is what runs in the same process, and is no part of the program.
var notProfiled = regexp.MustCompile(`usersync/(bench/load|internal/fakeprovider)\.`)

// BenchmarkProfile records a CPU profile of what the program does most: deliveries of all
// providers that can be signed for into both databases, and a backfill. The compiler
// optimizes the program by it: `make pgo`. The daemon runs in this process, so that the
// program itself needs no way to be profiled.
func BenchmarkProfile(b *testing.B) {
	file := os.Getenv(profileEnv)
	if file == "" {
		b.Skipf("%s names no file: run `make pgo`", profileEnv)
	}
	var parts []*profile.Profile
	b.Run("postgres", func(b *testing.B) { parts = append(parts, profileDeliveries(b, pgtest.New(b))) })
	b.Run("sqlite", func(b *testing.B) {
		parts = append(parts, profileDeliveries(b, "sqlite:"+filepath.Join(b.TempDir(), "users.db")))
	})
	b.Run("backfill", func(b *testing.B) { parts = append(parts, profileBackfill(b)) })
	if b.Failed() {
		return
	}
	whole, err := profile.Merge(parts)
	if err != nil {
		b.Fatal(err)
	}
	whole.FilterSamplesByName(nil, notProfiled, nil, nil)
	// The names of files are those of this machine, and the compiler goes by functions.
	for _, m := range whole.Mapping {
		m.File = ""
	}
	for _, f := range whole.Function {
		f.Filename = ""
	}
	out, err := os.Create(file)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(whole.Compact().Write(out), out.Close()); err != nil {
		b.Fatal(err)
	}
}

// profiled records what the processors do while work runs.
func profiled(b *testing.B, work func()) *profile.Profile {
	b.Helper()
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		b.Fatal(err)
	}
	work()
	pprof.StopCPUProfile()
	p, err := profile.Parse(&out)
	if err != nil {
		b.Fatal(err)
	}
	return p
}

func profileDeliveries(b *testing.B, database string) *profile.Profile {
	b.Setenv("GOGC", fmt.Sprint(profiledGarbage)) // that the daemon sets it to nothing else
	defer debug.SetGCPercent(debug.SetGCPercent(profiledGarbage))
	address := startProfiled(b, database)
	plan := load.Plan{Address: address, Connections: 64, Duration: profiledFor, Requests: profiledTraffic(b, address)}
	var result load.Result
	var err error
	p := profiled(b, func() { result, err = load.Run(plan) })
	if err != nil {
		b.Fatal(err)
	}
	refused := maps.Clone(result.Answers)
	delete(refused, http.StatusOK)
	delete(refused, http.StatusNoContent) // as one provider wants it
	if result.Broken > 0 || len(refused) > 0 || result.Answers[http.StatusOK] == 0 {
		b.Fatalf("the answers are %v, %d requests got none", result.Answers, result.Broken)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(result.Rate(), "events/s")
	return p
}

func profileBackfill(b *testing.B) *profile.Profile {
	site := newBenchSite(b, pgtest.New(b), profiledListed)
	var errs bytes.Buffer
	p := &program{stdout: &errs, stderr: &errs}
	code := exitFailed
	recorded := profiled(b, func() { code = p.run(b.Context(), []string{"backfill", "authon", "--config", site.config}) })
	if code != exitOK {
		b.Fatal(errs.String())
	}
	return recorded
}

// startProfiled runs `usersync serve` with all providers that can be signed for until the
// benchmark ends, and returns the host and port. The log takes its system calls.
func startProfiled(b *testing.B, database string) string {
	b.Helper()
	log, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { log.Close() })
	arguments := []string{"serve", "--config", "", "--set", "database.url=" + database, "--set", "database.migrate=true", "--set", "database." + strings.ReplaceAll(unhurried, ": ", "="),
		"--set", "listen=127.0.0.1:0", "--set", "admin.listen=127.0.0.1:0", "--set", "spool.dir=" + b.TempDir()}
	for _, name := range providers.Signable() {
		arguments = append(arguments, "--set", "providers."+name+".type="+name, "--set", "providers."+name+".secrets="+testSecretOf(b, name, name))
	}
	ctx, stop := context.WithCancel(context.Background())
	listening, exited := make(chan addresses, 1), make(chan int, 1)
	p := &program{stdout: log, stderr: log, started: func(a addresses) { listening <- a }}
	go func() { exited <- p.run(ctx, arguments) }()
	select {
	case a := <-listening:
		b.Cleanup(func() {
			stop()
			<-exited
		})
		return a.Public
	case code := <-exited:
		stop()
		b.Fatalf("exit code %d", code)
	case <-time.After(patience):
		stop()
		b.Fatal("not started")
	}
	return ""
}

// profiledTraffic are signed requests of all events, each provider as often as the others.
func profiledTraffic(b *testing.B, address string) [][]byte {
	b.Helper()
	built := benchProviders(b)
	names := providers.Signable()
	random := rand.New(rand.NewPCG(1, 64))
	now := time.Now()
	requests := make([][]byte, profiledRequests)
	for i := range requests {
		p := built[names[i%len(names)]]
		events := p.Events()
		user := random.IntN(profiledUsers)
		header, body, err := p.Build(events[random.IntN(len(events))], providers.Sample{
			UserID: fmt.Sprint("usr_", user), EventID: fmt.Sprint("evt_", i), Email: fmt.Sprintf("u%d@example.com", user),
			Name: fmt.Sprint("Jane Roe ", i), Time: now.Add(time.Duration(i-profiledRequests) * time.Millisecond),
		})
		if err != nil {
			b.Fatal(err)
		}
		requests[i] = wire(b, address, p.Name(), header, body)
	}
	return requests
}

// wire is a request as it goes over a connection.
func wire(b *testing.B, address, provider string, header http.Header, body []byte) []byte {
	b.Helper()
	var text bytes.Buffer
	fmt.Fprintf(&text, "POST /webhooks/%s HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", provider, address, len(body))
	if err := header.Write(&text); err != nil {
		b.Fatal(err)
	}
	text.WriteString("\r\n")
	text.Write(body)
	return text.Bytes()
}
