package main

import (
	_ "net/http/pprof"
	_ "time/tzdata"

	"usersync/handlers"
	"usersync/internal/pgtest"
	"usersync/models"
)
