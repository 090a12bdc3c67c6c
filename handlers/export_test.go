package handlers

// ArrivingForTest says how many bodies arrive that have taken of the budget, and
// what is left of it, in bytes.
func ArrivingForTest(w *Webhooks) (bodies int, free int64) {
	w.budget.mu.Lock()
	defer w.budget.mu.Unlock()
	return w.budget.arriving.Len(), w.budget.free
}
