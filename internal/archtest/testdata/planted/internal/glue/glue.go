package glue

import (
	"github.com/dop251/goja"
	"github.com/labstack/echo/v4"
	"usersync/handlers"
	"usersync/internal/bridge"
)
