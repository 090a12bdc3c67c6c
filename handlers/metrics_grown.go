package handlers

import (
	"maps"
	"sync"
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

// grown is a map that is read with every delivery and hardly ever grows. Unlike a
// sync.Map it is read without an allocation for the key.
type grown[V any] struct {
	mu  sync.Mutex
	all atomic.Pointer[map[string]V]
}

// look returns all there is; nobody may change it.
func (g *grown[V]) look() map[string]V {
	if all := g.all.Load(); all != nil {
		return *all
	}
	return nil
}

// get returns what stands under a key, made if there is nothing yet.
func (g *grown[V]) get(key string, missing func() V) V {
	if value, ok := g.look()[key]; ok {
		return value
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	all := g.look()
	if value, ok := all[key]; ok {
		return value
	}
	more := make(map[string]V, len(all)+1)
	maps.Copy(more, all)
	value := missing()
	more[key] = value
	g.all.Store(&more)
	return value
}

// words are counters of which only a fixed word is open.
type words struct {
	vector *prometheus.CounterVec
	made   grown[prometheus.Counter]
}

func (w *words) of(word string) prometheus.Counter {
	return w.made.get(word, func() prometheus.Counter { return w.vector.WithLabelValues(word) })
}
