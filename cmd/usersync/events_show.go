package main

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"usersync/internal/report"
	"usersync/models"
	usersync "usersync/sync"
)

func (p *program) eventsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "show ID",
		Short: "Show all of a dead letter, with what was sent",
		Args:  words("ID"),
		RunE: func(cmd *cobra.Command, arguments []string) error {
			id, err := letterID(arguments[0])
			if err != nil {
				return err
			}
			return p.withLetters(cmd.Context(), func(db *models.DB) error {
				found, err := db.Letters().LetterPage(cmd.Context(), usersync.LetterScope{IDs: []int64{id}}, 0, 1)
				if err != nil {
					return err
				}
				if len(found) == 0 {
					return fmt.Errorf("there is no dead letter %d: it was applied, or deleted; `usersync events list` shows those that there are", id)
				}
				whole := report.WholeLetterOf(&found[0])
				return p.print(whole, func(w io.Writer) { wholeLetterText(whole, w) })
			})
		},
	}
}

// wholeLetterText writes all of a dead letter for a person.
func wholeLetterText(l *report.WholeLetter, w io.Writer) {
	writeTable(w, [][]string{
		{"id", strconv.FormatInt(l.ID, 10)},
		{"provider", visibleLine(l.Provider)},
		{"reason", visibleLine(l.Reason)},
		{"detail", visibleLine(l.Detail)},
		{"event", visibleLine(cmp.Or(l.EventID, "-"))},
		{"user", visibleLine(cmp.Or(l.UserID, "-"))},
		{"origin", l.Origin},
		{"first seen", letterTime(&l.FirstSeen)},
		{"last seen", letterTime(&l.LastSeen)},
		{"seen", strconv.FormatInt(l.Seen, 10)},
		{"due", letterTime(l.Due)},
	})
	fmt.Fprintln(w, "\nheaders")
	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		fmt.Fprintf(w, "  %s: %s\n", visibleLine(name), visibleLine(l.Headers[name]))
	}
	fmt.Fprintln(w, "\npayload")
	fmt.Fprintln(w, payloadText(l))
}

// payloadText is what was sent, for a person: JSON is indented, anything else stands
// in quotes or as hex digits, so that no terminal obeys it.
func payloadText(l *report.WholeLetter) string {
	switch {
	case l.PayloadHex != "":
		octets, _ := hex.DecodeString(l.PayloadHex) // we have encoded it
		return strings.TrimRight(hex.Dump(octets), "\n")
	case l.Payload == nil:
		return strconv.Quote(l.PayloadText)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, l.Payload, "", "  "); err != nil {
		return strconv.Quote(string(l.Payload))
	}
	return indented.String()
}
