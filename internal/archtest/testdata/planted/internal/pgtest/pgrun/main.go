package main

import "usersync/internal/pgtest"
