package deep

import (
	"github.com/labstack/echo/v4"
	"usersync/handlers"
)
