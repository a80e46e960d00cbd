package ratelimit

import (
	"sync"
	"time"
)

// A Budget limits the work done for those who share it. Work is expressed as the time for which it
// keeps one core busy. Work beyond the budget becomes a debt, which time pays off. A Budget is safe
// for concurrent use.
type Budget struct {
	rate   float64
	burst  time.Duration
	parent *Budget

	mu        sync.Mutex
	paidUntil time.Time // when all work is paid for; a time in the past means savings
}

// NewBudget returns a full Budget. Those who share it may keep rate of a core busy in the long run,
// such as 0.2, and ask for burst of work at once. Parent, which may be nil, is the budget of a
// larger group, which may do twice as much at the same rate: it is charged half of the work.
func NewBudget(rate float64, burst time.Duration, parent *Budget) *Budget {
	return &Budget{rate: rate, burst: burst, parent: parent}
}

// Charge adds work to the debt, and returns how long it takes to pay all of it off. A negative
// result means savings.
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

// IsFull reports whether the budget and its parent are as good as new.
func (b *Budget) IsFull() bool { return b.Charge(0) <= -b.payTime(b.burst) }
