package room

import (
	"sync/atomic"
	"time"
)

// clocks are between what the clocks of the houses say that may be right, as seen from that of
// this machine, in nanoseconds. In a house that is the only one, and where all clocks agree, both
// are 0.
type clocks struct{ least, most atomic.Int64 }

// Adjust tells by how much the earliest and the latest of the clocks that may be right are ahead
// of this machine's, where there are other houses. Bans and mutes are made by the latest and end by
// the earliest, so that none ends before its time, whichever is right. Any goroutine may call it.
func (h *House) Adjust(least, most time.Duration) {
	h.clocks.least.Store(int64(least))
	h.clocks.most.Store(int64(most))
}

func (c *clocks) earliest() time.Time { return time.Now().Add(time.Duration(c.least.Load())) }
func (c *clocks) latest() time.Time   { return time.Now().Add(time.Duration(c.most.Load())) }
