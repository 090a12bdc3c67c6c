package tally

import (
	"bufio"
	"container/heap"
	"fmt"
	"io"

	usersync "usersync/sync"
)

// sorted reads one sorted run.
type sorted struct {
	in   *bufio.Reader
	left int64 // ids that are still to be read
	head usersync.UUID
}

// advance reads the next id; false is the end.
func (s *sorted) advance() (bool, error) {
	if s.left == 0 {
		return false, nil
	}
	s.left--
	if _, err := io.ReadFull(s.in, s.head[:]); err != nil {
		return false, fmt.Errorf("the temporary file for the ids of listed users: %w", err)
	}
	return true, nil
}

// merge is a heap of runs by their heads: it yields all ids in order.
type merge []*sorted

func (m merge) Len() int           { return len(m) }
func (m merge) Less(i, j int) bool { return compare(m[i].head, m[j].head) < 0 }
func (m merge) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *merge) Push(x any)        { *m = append(*m, x.(*sorted)) }

// Pop implements heap.Interface.
func (m *merge) Pop() any {
	last := (*m)[len(*m)-1]
	*m = (*m)[:len(*m)-1]
	return last
}

// has skips the ids before the given one, and reports whether it comes next.
func (m *merge) has(id usersync.UUID) (bool, error) {
	for len(*m) > 0 && compare((*m)[0].head, id) < 0 {
		more, err := (*m)[0].advance()
		switch {
		case err != nil:
			return false, err
		case more:
			heap.Fix(m, 0)
		default:
			heap.Pop(m)
		}
	}
	return len(*m) > 0 && (*m)[0].head == id, nil
}
