package dashboard

import (
	"maps"
	"net/http"
	"slices"
	"strconv"
	"time"

	usersync "usersync/sync"
)

// letterView is what templates/letter.html shows.
type letterView struct {
	letterLine
	Exactly   string // the event's id as it was sent, to be copied
	Detail    string
	Origin    string
	FirstSeen moment
	Because   reasonView
	Headers   []headerView
	Payload   payloadView
}

type headerView struct{ Name, Value string }

// headerShown is how many bytes of a header are shown.
const headerShown = 2 << 10

func (d *Dashboard) letter(r *http.Request) (sheet, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id < 1 {
		return sheet{}, missing("dead letters have numbers: look for one on the page of the dead letters")
	}
	found, err := d.desk.Letters.LetterPage(r.Context(), usersync.LetterScope{IDs: []int64{id}}, 0, 1)
	if err != nil {
		return sheet{}, err
	}
	if len(found) == 0 {
		return sheet{}, missing("there is no dead letter " + strconv.FormatInt(id, 10) + ": it was applied, or deleted")
	}
	return sheet{template: "letter", title: "Dead letter " + strconv.FormatInt(id, 10), body: viewLetter(&found[0], d.clock())}, nil
}

func viewLetter(l *usersync.StoredLetter, now time.Time) letterView {
	v := letterView{
		letterLine: viewLetterLine(l, now), Exactly: l.EventID, Detail: printable(l.Detail), Origin: l.Origin.String(),
		FirstSeen: microsMoment(l.FirstSeen, now), Because: reasonOfLetter(l.Reason), Payload: viewPayload(l.Payload),
	}
	for _, name := range slices.Sorted(maps.Keys(l.Headers)) {
		value, _ := clipped(l.Headers[name], headerShown)
		v.Headers = append(v.Headers, headerView{printable(name), printable(value)})
	}
	return v
}
