package config_test

import (
	"testing"
	"time"

	"usersync/internal/config"
)

func TestReconcileOfAProvider(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, `
reconcile: {every: 24h}
providers:
  authon: {type: authon, secrets: [whsec_1]}
  other: {type: authon, secrets: [whsec_2], reconcile: {every: 6h, max_deletes: 2.5%}}
  none: {type: authon, secrets: [whsec_3], reconcile: {max_deletes: 0}}
  never: {type: authon, secrets: [whsec_4], reconcile: {every: 0s}}
`, config.Options{})
	for name, want := range map[string]struct {
		every         time.Duration
		few, thousand int64
	}{
		"authon": {24 * time.Hour, 10, 10},
		"other":  {6 * time.Hour, 2, 25},
		"none":   {24 * time.Hour, 0, 0},
		"never":  {0, 10, 10},
	} {
		every, deletes := c.ReconcileOf(name)
		if every != want.every || deletes.Of(100) != want.few || deletes.Of(1000) != want.thousand {
			t.Errorf("%s: every %s, %d of 100, %d of 1000", name, every, deletes.Of(100), deletes.Of(1000))
		}
	}
	if standard := c.Reconcile.MaxDeletes; standard.Of(5000) != 50 {
		t.Errorf("the default is %d of 5000", standard.Of(5000))
	}
}
