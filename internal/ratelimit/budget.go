package ratelimit

import (
	"sync"
	"time"
)

// A Budget says how much work may be done for those who share it. Work is counted as the time for
// which it keeps one core busy. What goes beyond the budget is owed, and is paid for as time
// passes. A Budget may be used by several goroutines.
type Budget struct {
	rate   float64
	burst  time.Duration
	parent *Budget

	mu        sync.Mutex
	paidUntil time.Time // when all work is paid for; how far that lies in the past is saved
}

// NewBudget returns a full Budget. Those who share it may keep that much of a core busy in the long
// run, as in 0.2, and ask for burst of work at once. Parent, which may be nil, is the budget of more people, who
// may do twice as much together at the same rate: it is charged half of the work.
func NewBudget(rate float64, burst time.Duration, parent *Budget) *Budget {
	return &Budget{rate: rate, burst: burst, parent: parent}
}

// Charge adds work to what is owed, and returns how long it takes until all of that is paid for:
// less than zero while something is saved.
func (b *Budget) Charge(work time.Duration) (owed time.Duration) {
	own := b.chargeOwn(work)
	if b.parent == nil {
		return own
	}
	return max(own, b.parent.chargeOwn(work/2))
}

func (b *Budget) chargeOwn(work time.Duration) (owed time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if full := now.Add(-b.payTime(b.burst)); full.After(b.paidUntil) {
		b.paidUntil = full
	}
	b.paidUntil = b.paidUntil.Add(b.payTime(work))
	return b.paidUntil.Sub(now)
}

// payTime returns how long it takes to pay for work.
func (b *Budget) payTime(work time.Duration) time.Duration {
	return time.Duration(float64(work) / b.rate)
}

// IsFull reports whether the budget, and its parent, are as good as new ones.
func (b *Budget) IsFull() bool { return b.Charge(0) <= -b.payTime(b.burst) }
