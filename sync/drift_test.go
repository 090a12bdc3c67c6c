package usersync_test

import (
	"fmt"
	"testing"

	"usersync/internal/storetest"
	usersync "usersync/sync"
)

// Some providers go on listing whom they deleted. That is news once: what reconcile
// finds each night must be able to become nothing.
func TestStillDeletedIsNoDrift(t *testing.T) {
	t.Parallel()
	e := storetest.Engine(storetest.NewMemory())
	var found []string
	e.Found = func(d usersync.Drift) { found = append(found, fmt.Sprint(d.Kind, d.Columns())) }
	list := func(second int, changes ...func(*usersync.Command)) {
		c := event(second, changed, append(changes, origin(usersync.OriginReconcile))...)
		if r := e.Apply(t.Context(), []*usersync.Delivery{{Commands: []usersync.Command{c}}})[0]; r.Err != nil {
			t.Fatal(r.Err)
		}
	}
	list(10)
	list(20, status(usersync.LifeDeleted))
	found = nil
	list(30, status(usersync.LifeDeleted))
	if len(found) > 0 {
		t.Errorf("found %v", found)
	}
	list(40, status(usersync.LifeDeleted), email("new@example.com"))
	list(50)
	if fmt.Sprint(found) != "[changed[email deleted_at] changed[deleted_at]]" {
		t.Errorf("found %v", found)
	}
}
