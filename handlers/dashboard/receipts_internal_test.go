package dashboard

import (
	"testing"
	"time"
)

func TestReceiptsEnd(t *testing.T) {
	t.Parallel()
	var r receipts[int]
	now := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	names := make([]string, receiptsKept+1)
	for i := range names {
		names[i] = r.keep(i, now)
	}
	if _, err := r.find(names[0], now); err == nil {
		t.Error("the oldest is kept although there are too many")
	}
	for i := 1; i < len(names); i++ {
		if got, err := r.find(names[i], now.Add(receiptsFor-time.Second)); err != nil || got != i {
			t.Errorf("%d: %d, %v", i, got, err)
		}
	}
	if _, err := r.find(names[1], now.Add(receiptsFor)); err == nil {
		t.Error("a result is kept for ever")
	}
}
