package usersync_test

import (
	"testing"

	"usersync/internal/storetest"
)

func TestMemoryStoreKeepsTheLaw(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(*testing.T) storetest.Inspector { return storetest.NewMemory() })
}
