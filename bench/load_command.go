package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"usersync/bench/load"
	"usersync/bench/site"
	"usersync/bench/traffic"
)

// loadOrder is what the load generator is asked for. It is a process of its own, so that
// its processor time is not mixed with that of anybody else.
type loadOrder struct {
	Address       string
	Connections   int
	Duration      time.Duration
	Warmup        time.Duration // before, with requests of its own
	Rate          float64
	Most          int // requests a second that are made ready
	BeginMilli    int64
	Mix           traffic.Mix
	WaitForSignal bool
}

// loadReport is what the load generator prints, in JSON.
type loadReport struct {
	Sent            int         `json:"sent"`
	Took            float64     `json:"took_s"`
	EventsPerSecond float64     `json:"events_per_s"` // answered 200
	Answers         map[int]int `json:"answers"`      // by status
	Broken          int         `json:"broken"`       // requests without an answer
	P50             int64       `json:"p50_us"`
	P99             int64       `json:"p99_us"`
	P999            int64       `json:"p999_us"`
	CPU             float64     `json:"cpu_us"` // µs of processor time per event
	// Of the warm-up and the run together, as the database knows no difference.
	AllSent     int         `json:"all_sent"`
	AllBroken   int         `json:"all_broken"`
	AllAnswers  map[int]int `json:"all_answers"`
	AllPoisoned int         `json:"all_poisoned"`
	AllDistinct int         `json:"all_distinct"` // without repetitions
}

func (o *loadOrder) flags(flags *flag.FlagSet) {
	flags.StringVar(&o.Address, "address", "127.0.0.1:8080", "`HOST:PORT` of the server, on loopback")
	flags.StringVar(&o.Mix.Path, "path", "/webhooks/authon", "where deliveries are posted")
	flags.IntVar(&o.Connections, "connections", 64, "how many connections send")
	flags.DurationVar(&o.Duration, "duration", 5*time.Second, "how long is measured")
	flags.DurationVar(&o.Warmup, "warmup", time.Second, "how long is sent before that")
	flags.Float64Var(&o.Rate, "rate", 0, "deliveries a second, answered or not; 0: each connection sends the next when it has its answer")
	flags.IntVar(&o.Most, "most", 25_000, "deliveries a second that are made ready: a run that is faster ends early")
	flags.Int64Var(&o.BeginMilli, "begin", 0, "time of the first event in `MILLISECONDS` since 1970: later than all that the server has seen; 0: so that the last is now")
	flags.IntVar(&o.Mix.Users, "users", 100_000, "whom the events are about")
	flags.Float64Var(&o.Mix.Hot, "hot", 0, "share of them that is about one user")
	flags.Float64Var(&o.Mix.Twice, "twice", 0, "share that repeats an earlier one")
	flags.Float64Var(&o.Mix.Poison, "poison", 0, "share that the database refuses")
	flags.Uint64Var(&o.Mix.Seed, "seed", 1, "part of the events' ids: another one for each run on a database")
	flags.BoolVar(&o.WaitForSignal, "wait", false, "print ready after the warm-up and wait for a line on standard input")
}

// sendLoad carries out an order: makes everything ready, warms up, waits if asked to, and
// prints what it measured.
func sendLoad(arguments []string, stdin io.Reader, stdout io.Writer) error {
	var order loadOrder
	flags := flag.NewFlagSet("bench load", flag.ContinueOnError)
	order.flags(flags)
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if err := site.OnlyLoopback(order.Address); err != nil {
		return err
	}
	if order.Mix.Users < 1 || order.Connections < 1 || order.Most < 1 || order.Duration <= 0 {
		return errors.New("-users, -connections, -most and -duration must be more than 0")
	}
	report, err := order.carryOut(func() error {
		if !order.WaitForSignal {
			return nil
		}
		fmt.Fprintln(stdout, readyLine)
		_, err := bufio.NewReader(stdin).ReadString('\n')
		return err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(report)
}

// readyLine is what the load generator says when it could begin.
const readyLine = "ready"

func (o loadOrder) carryOut(begin func() error) (loadReport, error) {
	o.Mix.Host = o.Address
	count, from := o.count(), o.begin()
	if o.BeginMilli == 0 {
		from = time.Now().Add(-time.Duration(count) * traffic.Step)
	}
	made := o.Mix.Make(count, from)
	plan := load.Plan{Address: o.Address, Connections: o.Connections, Rate: o.Rate, Duration: o.Warmup, Requests: made.Requests}
	warm, err := load.Run(plan)
	if err != nil {
		return loadReport{}, err
	}
	// The requests are a heap that no collection can make smaller.
	runtime.GC()
	debug.SetGCPercent(-1)
	if err := begin(); err != nil {
		return loadReport{}, errors.New("nobody said when to begin")
	}
	plan.Duration, plan.Skip = o.Duration, warm.Taken
	before := ownTime()
	run, err := load.Run(plan)
	if err != nil {
		return loadReport{}, err
	}
	return newLoadReport(made, warm, run, ownTime()-before), nil
}

func newLoadReport(made traffic.Deliveries, warm, run load.Result, used time.Duration) loadReport {
	r := loadReport{
		Took: run.Took.Seconds(), EventsPerSecond: run.Rate(), Answers: run.Answers, Broken: run.Broken,
		P50: run.Latency.Quantile(0.5), P99: run.Latency.Quantile(0.99), P999: run.Latency.Quantile(0.999),
		AllAnswers: map[int]int{}, AllBroken: warm.Broken + run.Broken,
	}
	distinct := map[int]bool{}
	for i := range made.Requests {
		if run.Sent[i] {
			r.Sent++
		}
		if run.Sent[i] || warm.Sent[i] {
			r.AllSent++
			distinct[made.First(i)] = true
		}
	}
	r.AllDistinct = len(distinct)
	for _, i := range made.Poisoned {
		if distinct[i] {
			r.AllPoisoned++
		}
	}
	for _, answers := range []map[int]int{warm.Answers, run.Answers} {
		for status, n := range answers {
			r.AllAnswers[status] += n
		}
	}
	r.CPU = float64(used.Microseconds()) / float64(max(r.Sent, 1))
	return r
}

// ownTime is the processor time that this process has used.
func ownTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
