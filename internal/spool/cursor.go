package spool

import "encoding/binary"

// cursor reads parts of a content. What is not there breaks it for good.
type cursor struct {
	rest   []byte
	broken bool
}

func (c *cursor) take(n uint64) []byte {
	if c.broken || n > uint64(len(c.rest)) {
		c.broken = true
		return nil
	}
	part := c.rest[:n]
	c.rest = c.rest[n:]
	return part
}

// number reads a number of 2, 4 or 8 bytes.
func (c *cursor) number(size uint64) uint64 {
	b := c.take(size)
	switch {
	case c.broken:
		return 0
	case size == 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case size == 4:
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}
