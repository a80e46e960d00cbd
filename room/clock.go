package room

import (
	"sync/atomic"
	"time"
)

// clockOffsets bound how far the nodes' clocks may be off, in nanoseconds relative to the clock of
// this machine. Both are 0 if this is the only node or all clocks agree.
type clockOffsets struct{ minOffset, maxOffset atomic.Int64 }

// SetClockOffsets says how far ahead of this machine's clock the earliest and the latest of the
// nodes' clocks are. Bans and mutes start by the latest clock and end by the earliest, so that none
// ends too early no matter which clock is right. Any goroutine may call it.
func (h *Hub) SetClockOffsets(least, most time.Duration) {
	h.clockOffsets.minOffset.Store(int64(least))
	h.clockOffsets.maxOffset.Store(int64(most))
}

// EarliestTime returns what the node whose clock is furthest behind takes for the present. Any
// goroutine may call it.
func (h *Hub) EarliestTime() time.Time {
	return time.Now().Add(time.Duration(h.clockOffsets.minOffset.Load()))
}

// LatestTime returns what the node whose clock is furthest ahead takes for the present. Any
// goroutine may call it.
func (h *Hub) LatestTime() time.Time {
	return time.Now().Add(time.Duration(h.clockOffsets.maxOffset.Load()))
}
