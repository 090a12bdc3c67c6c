package providers

import (
	"net/http"

	"gorm.io/gorm"
)
