package models

import (
	"gorm.io/gorm"

	_ "modernc.org/sqlite"
)

type Store struct{}

func (Store) init() {}
