package types

func init() {}
