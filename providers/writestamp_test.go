package providers

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	usersync "usersync/sync"
)

// dated answers with a body and the provider's time.
func dated(at time.Time, code int, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", at.UTC().Format(http.TimeFormat))
		w.WriteHeader(code)
		fmt.Fprint(w, text)
	}
}

// An answer to a write is true when the write was made: the lag of lists is not
// taken off, so that an event of the last minute does not undo what was written.
// It is not dated later than the request began. What has to be fetched for want
// of an answer may lag as ever.
func TestStampsOfWrites(t *testing.T) {
	t.Parallel()
	const undatedAnn = `{"id":"usr_1","isBanned":true}`
	sent := time.Date(2026, 3, 1, 12, 0, 10, 0, time.UTC)
	second := usersync.Micros(time.Second.Microseconds())
	for name, c := range map[string]struct {
		answers       []http.HandlerFunc
		oldest, at    time.Time // of the stamp
		update, exact bool
	}{
		"create":                         {[]http.HandlerFunc{dated(sent, 201, undatedAnn)}, sent.Add(-2 * time.Second), sent, false, false},
		"update":                         {[]http.HandlerFunc{dated(sent, 200, undatedAnn)}, sent.Add(-2 * time.Second), sent, true, false},
		"update, with a time of its own": {[]http.HandlerFunc{dated(sent, 200, `{"id":"usr_1","updatedAt":"2026-03-01T12:00:10.250Z"}`)}, sent, sent.Add(250 * time.Millisecond), true, true},
		"update that changes nothing":    {[]http.HandlerFunc{dated(sent, 200, authonAnn)}, sent.Add(-2 * time.Second), sent, true, false},
		"update that answers nothing": {[]http.HandlerFunc{dated(sent, 204, ""), dated(sent, 200, undatedAnn)},
			sent.Add(-defaultLag - 2*time.Second), sent.Add(-defaultLag), true, false},
	} {
		w, _ := writing(t, "authon", c.answers...)
		call := w.Create
		u := user(t, "name", `"Ann"`)
		if c.update {
			call, u.ID = w.Update, "usr_1"
		} else {
			u = user(t, "email", `"ann@example.com"`)
		}
		got, err := call(t.Context(), u)
		latest := usersync.MicrosOf(c.at)
		if err != nil || got.OccurredAt > latest || got.OccurredAt < usersync.MicrosOf(c.oldest) || c.exact && got.OccurredAt != latest {
			t.Errorf("%s: stamped %s, want at most %s: %v", name, got.OccurredAt.Time(), c.at, err)
		}
		if !c.exact && got.OccurredAt%second != 0 {
			t.Errorf("%s: %s is no whole second, as the Date is", name, got.OccurredAt.Time())
		}
	}
}
