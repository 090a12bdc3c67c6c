package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"usersync/internal/action"
	"usersync/internal/alarm"
	"usersync/internal/config"
	"usersync/internal/notice"
)

func (p *program) alarmsTestCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "test",
		Short: "Send a test notification to every address of alarms.notify",
		Long: `Posts one notification of the type usersync.alarm.test to every address of
alarms.notify, signed as all are, and says what came back. Nothing is tried again. It
needs no daemon.`,
		Example: `  usersync alarms test`,
		Args:    noWords,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := p.load(true)
			if err != nil {
				return err
			}
			if len(c.BuiltNotify) == 0 {
				return fmt.Errorf("nobody is told of alarms: name an address in alarms.notify, as config.example.yaml shows")
			}
			result := p.tryAddresses(cmd.Context(), c)
			if err := p.print(result, result.text); err != nil {
				return err
			}
			if slices.ContainsFunc(result.Addresses, func(a triedAddress) bool { return !a.Taken }) {
				return failure(exitFailed)
			}
			return nil
		},
	}
}

// alarmTrial is the result of alarms test.
type alarmTrial struct {
	Addresses []triedAddress `json:"addresses"`
}

// triedAddress is an address and what came back.
type triedAddress struct {
	Name  string `json:"name"`
	Host  string `json:"host"`
	Taken bool   `json:"taken"`
	Error string `json:"error,omitempty"`
}

func (p *program) tryAddresses(ctx context.Context, c *config.Config) (result alarmTrial) {
	w := &watch{}
	w.config.Store(c)
	at := time.Now()
	test := &notice.Notice{Type: notice.Test, At: at, Alarm: alarm.Alarm{
		Kind: "test", Severity: alarm.Warning, Since: at,
		Text: "this is a test: nothing is wrong", Remedy: "nothing is to be done: whoever reads this is told of alarms",
	}}
	for _, name := range slices.Sorted(maps.Keys(c.BuiltNotify)) {
		result.Addresses = append(result.Addresses, tryAddress(ctx, name, c.BuiltNotify[name], test, notice.Sender{Replica: hostName(), URL: w.page}))
	}
	return result
}

func tryAddress(ctx context.Context, name string, to *action.Action, test *notice.Notice, sender notice.Sender) triedAddress {
	defer to.Close()
	tried := triedAddress{Name: name, Host: to.Host()}
	message, err := test.Message(sender)
	if err == nil {
		err = to.Post(ctx, message)
	}
	if tried.Taken = err == nil; err != nil {
		tried.Error = err.Error()
	}
	return tried
}

func (r alarmTrial) text(w io.Writer) {
	rows := [][]string{{"ADDRESS", "HOST", "CAME BACK"}}
	for _, a := range r.Addresses {
		back := "taken"
		if !a.Taken {
			back = a.Error
		}
		rows = append(rows, []string{a.Name, visibleLine(a.Host), visibleLine(back)})
	}
	writeTable(w, rows)
}
