package usersync

import (
	_ "embed"
	"sync"

	_ "usersync/internal/fine"

	_ "github.com/google/uuid"
	_ "usersync/sync/below"
)

var mu sync.Mutex
