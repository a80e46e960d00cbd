package load

import "math/bits"

// A deliveryChecker tracks which lines a client received and which it did not. The client's
// reader uses it, and the run once the reader has ended.
type deliveryChecker struct {
	next      []uint64 // the number of the next line, by speaker
	orderHash uint64   // a hash of all lines received, in order

	lost, duplicated, outOfOrder int64

	gaps []gap // the lines that lost counts

	// sentBy returns how many lines a speaker has generated. A higher number means that the
	// server has damaged the mark.
	sentBy func(speaker uint64) uint64
}

// A gap is a range of missing lines of a speaker: from up to, but not including, to.
type gap struct{ speaker, from, to uint64 }

// record records a line. It reports whether the line was new.
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

// recordOutOfSequence records a line that is not the speaker's next.
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

// fillGap takes a line out of the gap it belongs to. It reports false if there is none.
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

// countFaults adds up the faults of all clients. Their readers must have ended.
func (r *run) countFaults(res *Result) {
	first := map[bool]*client{} // by node: lines of different speakers may arrive in a different order at each
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
			continue // it did not receive the same lines, so the order cannot be compared
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

// missingTail returns how many of the speakers' last lines c did not receive. It ignores speakers
// that were disconnected, whose last lines may have been lost with the connection.
func (r *run) missingTail(c *client) (lost int64) {
	for i, s := range r.speakers {
		if said := s.written.Load(); i != c.unheardSpeaker && said > c.next[i] && !s.disconnected.Load() {
			lost += int64(said - c.next[i])
		}
	}
	return lost
}
