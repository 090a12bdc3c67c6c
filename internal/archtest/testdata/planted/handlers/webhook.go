package handlers

import "github.com/labstack/echo/v4"

func init() {}
