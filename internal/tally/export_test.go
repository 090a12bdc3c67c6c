package tally

// TruncateForTest damages the file, which has no name.
func TruncateForTest(t *Tally, size int64) error { return t.file.Truncate(size) }
