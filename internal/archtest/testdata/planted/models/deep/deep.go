package deep

import (
	"usersync/handlers"
	"usersync/providers"
)
