package spool

import "usersync/providers"
