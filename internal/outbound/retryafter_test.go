package outbound

import (
	"net/http"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 1, 15, 12, 0, 0, 0, time.UTC) }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for written, want := range map[string]time.Duration{
		"": 0, "0": 0, " 7 ": 7 * time.Second, "-1": 0, "99999999999999999999": MostPause, "1.5": 0, "x": 0,
		"Thu, 15 Jan 2026 12:01:00 GMT":    time.Minute,
		"Thursday, 15-Jan-26 12:00:30 GMT": 30 * time.Second,
		"Thu, 15 Jan 2026 11:00:00 GMT":    0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {written}}, noon()); got != want {
			t.Errorf("%q is %s, want %s", written, got, want)
		}
	}
	header := http.Header{"Retry-After": {"Thu, 15 Jan 2026 12:01:00 GMT"}, "Date": {"Thu, 15 Jan 2026 12:00:50 GMT"}}
	if got := RetryAfter(header, noon()); got != 10*time.Second {
		t.Errorf("by the provider's clock it is %s", got)
	}
}
