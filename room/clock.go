package room

import (
	"sync/atomic"
	"time"
)

// clockOffsets are between what the clocks of the houses say that may be right, as seen from that of
// this machine, in nanoseconds. In a house that is the only one, and where all clocks agree, both
// are 0.
type clockOffsets struct{ minOffset, maxOffset atomic.Int64 }

// SetClockOffsets tells by how much the earliest and the latest of the clocks that may be right are ahead
// of this machine's, where there are other houses. Bans and mutes are made by the latest and end by
// the earliest, so that none ends before its time, whichever is right. Any goroutine may call it.
func (h *Hub) SetClockOffsets(least, most time.Duration) {
	h.clockOffsets.minOffset.Store(int64(least))
	h.clockOffsets.maxOffset.Store(int64(most))
}

func (c *clockOffsets) earliest() time.Time { return time.Now().Add(time.Duration(c.minOffset.Load())) }
func (c *clockOffsets) latest() time.Time   { return time.Now().Add(time.Duration(c.maxOffset.Load())) }
