package usersync

import "sync"

// atOnce calls do with 0 to count-1, for at most limit of them at the same time,
// and returns when all have ended.
func atOnce(limit, count int, do func(i int)) {
	places := make(chan struct{}, limit)
	var running sync.WaitGroup
	for i := range count {
		places <- struct{}{}
		running.Go(func() {
			defer func() { <-places }()
			do(i)
		})
	}
	running.Wait()
}
