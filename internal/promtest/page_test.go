package promtest_test

import (
	"fmt"
	"strings"
	"testing"

	"usersync/internal/promtest"
)

const page = `# HELP usersync_a_total How many, by "kind" \\ and\nmore.
# TYPE usersync_a_total counter
usersync_a_total{kind="x=\"y\"",provider="acme"} 3
usersync_a_total{kind="",provider="other"} 1e+06
# HELP usersync_lag_seconds How long.
# TYPE usersync_lag_seconds histogram
usersync_lag_seconds_bucket{origin="live",le="1"} 1
usersync_lag_seconds_bucket{origin="live",le="+Inf"} 1
usersync_lag_seconds_sum{origin="live"} 0.5
usersync_lag_seconds_count{origin="live"} 1
# HELP usersync_plain A gauge.
# TYPE usersync_plain gauge
usersync_plain 0
`

func TestPage(t *testing.T) {
	t.Parallel()
	families := promtest.Page(page)
	want := `map[usersync_a_total:{usersync_a_total counter How many, by "kind" \ and` + "\n" + `more. [kind provider]} usersync_lag_seconds:{usersync_lag_seconds histogram How long. [origin]} usersync_plain:{usersync_plain gauge A gauge. []}]`
	if got := fmt.Sprint(families); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestUnknown(t *testing.T) {
	t.Parallel()
	families := promtest.Page(page)
	for expr, want := range map[string]string{
		`sum by (job, kind) (usersync_a_total{provider="x"}) > 0 and up == 1`:                  "",
		`histogram_quantile(0.5, sum by (le, origin) (rate(usersync_lag_seconds_bucket[5m])))`: "",
		`usersync_plain{kind="x"}`:              "usersync_plain has no label kind",
		`sum by (kind) (usersync_plain)`:        "no metric of it has the label kind",
		`usersync_plain_bucket + usersync_gone`: "no metric usersync_plain_bucket, no metric usersync_gone",
	} {
		if got := strings.Join(promtest.Unknown(families, expr), ", "); got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
}
