package promtest_test

import (
	"fmt"
	"testing"

	"usersync/internal/promtest"
)

func TestSelectors(t *testing.T) {
	t.Parallel()
	for expr, want := range map[string]string{
		`time() - usersync_census_timestamp_seconds > 300`:                                       "[{usersync_census_timestamp_seconds []}] []",
		`sum by (job, le) (rate(usersync_ack_duration_seconds_bucket{provider=~"$p"}[5m]))`:      "[{usersync_ack_duration_seconds_bucket [provider]}] [job le]",
		`max by(provider)(usersync_a{kind="x", outcome!~"y|z"}) or 0 * up{job="usersync_fake{"}`: "[{usersync_a [kind outcome]} {up [job]}] [provider]",
		`increase(go_goroutines[1m]) / process_open_fds`:                                         "[{go_goroutines []} {process_open_fds []}] []",
		`vector(1)`: "[] []",
	} {
		if got := fmt.Sprint(promtest.Selectors(expr), promtest.Groupings(expr)); got != want {
			t.Errorf("%s: got %s, want %s", expr, got, want)
		}
	}
}
