package usersync

import "time"

// gather waits for a first delivery, then takes along whatever waits, and those of the
// held ones whose turn it is. open is false once the Batcher is closing and nothing is
// left of it. Only who has the turn may call it.
func (b *Batcher) gather() (batch []*job, open bool) {
	var due <-chan time.Time
	b.takeBack()
	if len(b.held) > 0 {
		due = time.After(time.Until(earliest(b.held)))
	}
	select {
	case first := <-b.queue:
		batch = b.take(first)
	case <-due:
	case <-b.ended:
	case <-b.closing:
		select {
		case first := <-b.queue:
			batch = b.take(first)
		default:
			if b.empty() {
				return nil, false
			}
			select {
			case <-due:
			case <-b.ended:
			}
		}
	}
	b.takeBack()
	return b.apart(b.retried(batch)), true
}

// takeBack takes over what transactions gave back.
func (b *Batcher) takeBack() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.held = append(b.held, b.back...)
	b.back = b.back[:0]
}

// empty reports whether nothing is held, and nothing can come back.
func (b *Batcher) empty() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.held) == 0 && len(b.back) == 0 && len(b.flying) == 0
}

// take gathers what waits in the queue behind the first one.
func (b *Batcher) take(first *job) (batch []*job) {
	size := 0
	for j := first; ; {
		if !j.abandoned.Load() {
			batch = append(batch, j)
			size += j.size()
		}
		if size >= b.options.Batch {
			return batch
		}
		select {
		case j = <-b.queue:
		default:
			return batch
		}
	}
}

// retried adds the held deliveries that are due. They do not count: however many they
// are, others go along.
func (b *Batcher) retried(batch []*job) []*job {
	if len(b.held) == 0 {
		return batch
	}
	now := time.Now()
	size, later := 0, b.held[:0]
	for _, j := range b.held {
		switch {
		case j.abandoned.Load():
		case size < b.options.Batch && !now.Before(j.due):
			batch = append(batch, j)
			size += j.size()
		default:
			later = append(later, j)
		}
	}
	clear(b.held[len(later):])
	b.held = later
	return batch
}

// apart holds back who is about a user of a transaction that runs: it would find the row
// locked.
func (b *Batcher) apart(batch []*job) []*job {
	b.mu.Lock()
	var busy map[UserKey]bool
	for _, l := range b.flying {
		if busy == nil {
			busy = map[UserKey]bool{}
		}
		for _, d := range l.deliveries {
			for i := range d.Commands {
				busy[d.Commands[i].UserKey] = true
			}
		}
	}
	b.mu.Unlock()
	if busy == nil {
		return batch
	}
	free := batch[:0]
	for _, j := range batch {
		if !j.concerns(busy) {
			free = append(free, j)
			continue
		}
		j.due = time.Now().Add(busyRetry)
		b.held = append(b.held, j)
	}
	return free
}

// concerns reports whether the delivery is about any of the users.
func (j *job) concerns(users map[UserKey]bool) bool {
	for i := range j.delivery.Commands {
		if users[j.delivery.Commands[i].UserKey] {
			return true
		}
	}
	return false
}

// earliest returns when the first of the held deliveries is due.
func earliest(held []*job) time.Time {
	due := held[0].due
	for _, j := range held[1:] {
		if j.due.Before(due) {
			due = j.due
		}
	}
	return due
}

func (j *job) size() int {
	return len(j.delivery.Commands) + len(j.delivery.Letters) + len(j.delivery.Messages)
}
