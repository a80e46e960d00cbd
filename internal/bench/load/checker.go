package load

import "math/bits"

// A deliveryChecker is what a client keeps of what it heard, to find out what it did
// not. Only the client's reader may use it, and the run once that has ended.
type deliveryChecker struct {
	next      []uint64 // by speaker, the number of the line that should come next
	orderHash uint64   // a hash of all that was heard, in order

	lost, duplicated, outOfOrder int64

	gaps []gap // what lost counts

	// sentBy returns how many lines a speaker has made. A line beyond that
	// is none: a server has damaged its mark.
	sentBy func(speaker uint64) uint64
}

// A gap is lines of a speaker that others were heard before: from the one,
// and before the other.
type gap struct{ speaker, from, to uint64 }

// record enters a line. It reports whether it was new.
func (d *deliveryChecker) record(speaker, n uint64) bool {
	if n != d.next[speaker] {
		return d.recordOutOfSequence(speaker, n)
	}
	d.next[speaker] = n + 1
	d.hashOrder(speaker, n)
	return true
}

func (d *deliveryChecker) hashOrder(speaker, n uint64) {
	d.orderHash = (bits.RotateLeft64(d.orderHash, 23) ^ (speaker<<48 + n + 1)) * 0x9E3779B97F4A7C15
}

// recordOutOfSequence enters a line that is not the speaker's next.
func (d *deliveryChecker) recordOutOfSequence(speaker, n uint64) bool {
	if n >= d.sentBy(speaker) {
		return false
	}
	next := d.next[speaker]
	switch {
	case n > next:
		d.gaps = append(d.gaps, gap{speaker, next, n})
		d.lost += int64(n - next)
		d.next[speaker] = n + 1
	case d.fillGap(speaker, n):
		d.lost--
		d.outOfOrder++
	default:
		d.duplicated++
		return false
	}
	d.hashOrder(speaker, n)
	return true
}

// fillGap takes a line out of the gap that it is missing in. It reports false
// where it is missing in none.
func (d *deliveryChecker) fillGap(speaker, n uint64) bool {
	for i := len(d.gaps) - 1; i >= 0; i-- {
		g := d.gaps[i]
		if g.speaker != speaker || n < g.from || n >= g.to {
			continue
		}
		d.gaps[i].to = n
		if n+1 < g.to {
			d.gaps = append(d.gaps, gap{speaker, n + 1, g.to})
		}
		return true
	}
	return false
}

// countFaults adds up what the clients found. Their readers must have ended.
func (r *run) countFaults(res *Result) {
	first := map[bool]*client{} // of each node: the lines of different speakers may come in another order at each
	for _, c := range r.clients {
		complete := !c.disconnected.Load()
		if !complete {
			res.Disconnected++
		}
		res.Duplicated += c.duplicated
		res.OutOfOrder += c.outOfOrder
		lost := c.lost
		if complete {
			lost += r.missingTail(c)
		}
		res.Lost += lost
		if !complete || lost > 0 || c.duplicated > 0 || c.unheardSpeaker >= 0 {
			continue // it did not hear the same lines, so not in the same order
		}
		if first[c.atSpeakerNode] == nil {
			first[c.atSpeakerNode] = c
		}
		if c.orderHash != first[c.atSpeakerNode].orderHash {
			res.OrderMismatches++
		}
	}
	res.Disconnected += r.refused.Load()
}

// missingTail returns how many of the last lines of each speaker c did not hear. What
// a speaker that was thrown out said last may have gone with it.
func (r *run) missingTail(c *client) (lost int64) {
	for i, s := range r.speakers {
		if said := s.written.Load(); i != c.unheardSpeaker && said > c.next[i] && !s.disconnected.Load() {
			lost += int64(said - c.next[i])
		}
	}
	return lost
}
