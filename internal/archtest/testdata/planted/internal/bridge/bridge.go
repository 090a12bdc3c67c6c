package bridge

import "usersync/models"
