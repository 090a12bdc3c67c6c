// Package spool keeps verified requests in append-only files while the database
// does not take them. It implements usersync.Spool.
//
// A directory holds a lock file, segments named NUMBER-MARKER.spool, and what
// could not be read of a segment as NUMBER-MARKER.spool.corrupt. A segment is a
// sequence of records:
//
//	marker   8 bytes, random, the same for the whole segment and part of its name
//	length   uint32, of the content
//	check    uint32, CRC-32C of marker and length
//	content  version (1 byte), received at (int64 µs), provider (uint16 and text),
//	         number of headers (uint16), each a name (uint16 and text) and a value
//	         (uint32 and text), body (uint32 and bytes)
//	check    uint32, CRC-32C of all that is before it
//	end      0xA5
//
// Numbers are little-endian. A reader that meets something unreadable goes on at
// the next marker whose record checks out. Nobody outside knows the marker, so no
// request can carry a record inside its body that would then be taken for one.
//
// A segment is never written again once another one was begun, nor by another
// process: recovery only reads. It goes as a whole, after its last record.
package spool
