package deep

import (
	"usersync/internal/bridge"
	"usersync/internal/storetest"
	"usersync/models"
)
