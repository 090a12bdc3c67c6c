package script

import "usersync/providers"
