package glue

import (
	"github.com/labstack/echo/v4"
	"usersync/handlers"
	"usersync/internal/bridge"
)
