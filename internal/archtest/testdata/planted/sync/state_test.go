package usersync

import _ "pgregory.net/rapid"
