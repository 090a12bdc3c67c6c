package spool

// FileSystem is on what a directory lies, as far as it matters for what is kept there.
type FileSystem string

// The kinds; "" is one that is not known.
const (
	OnDisk      FileSystem = "disk"
	InMemory    FileSystem = "memory"
	InContainer FileSystem = "container"
	OnNetwork   FileSystem = "network"
)

// doubts says why it is a bad place for a spool.
func (f FileSystem) doubts() []string {
	switch f {
	case InMemory:
		return []string{"it is kept in memory: what is spooled there is lost when the machine stops; name a directory on a disk"}
	case InContainer:
		return []string{"it is part of the container: what is spooled there is lost with it; mount a volume and name a directory on it"}
	case OnNetwork:
		return []string{"it is on a network file system, or a program's: each request waits for that, and when it is away nothing is spooled; name a directory on a disk of this machine"}
	}
	return nil
}
