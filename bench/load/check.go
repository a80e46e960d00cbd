package load

import "math/bits"

// A ledger is what a client keeps of what it heard, to find out what it did
// not. Only the client's reader may use it, and the run once that has ended.
type ledger struct {
	next  []uint64 // by speaker, the number of the line that should come next
	order uint64   // a hash of all that was heard, in order

	lost, twice, disordered int64

	gaps []gap // what lost counts

	// given returns how many lines a speaker has made. A line beyond that
	// is none: a server has damaged its mark.
	given func(speaker uint64) uint64
}

// A gap is lines of a speaker that others were heard before: from the one,
// and before the other.
type gap struct{ speaker, from, to uint64 }

// hear enters a line. It reports whether it was new.
func (l *ledger) hear(speaker, n uint64) bool {
	if n != l.next[speaker] {
		return l.hearOdd(speaker, n)
	}
	l.next[speaker] = n + 1
	l.mix(speaker, n)
	return true
}

func (l *ledger) mix(speaker, n uint64) {
	l.order = (bits.RotateLeft64(l.order, 23) ^ (speaker<<48 + n + 1)) * 0x9E3779B97F4A7C15
}

// hearOdd enters a line that is not the speaker's next.
func (l *ledger) hearOdd(speaker, n uint64) bool {
	if n >= l.given(speaker) {
		return false
	}
	next := l.next[speaker]
	switch {
	case n > next:
		l.gaps = append(l.gaps, gap{speaker, next, n})
		l.lost += int64(n - next)
		l.next[speaker] = n + 1
	case l.fill(speaker, n):
		l.lost--
		l.disordered++
	default:
		l.twice++
		return false
	}
	l.mix(speaker, n)
	return true
}

// fill takes a line out of the gap that it is missing in. It reports false
// where it is missing in none.
func (l *ledger) fill(speaker, n uint64) bool {
	for i := len(l.gaps) - 1; i >= 0; i-- {
		g := l.gaps[i]
		if g.speaker != speaker || n < g.from || n >= g.to {
			continue
		}
		l.gaps[i].to = n
		if n+1 < g.to {
			l.gaps = append(l.gaps, gap{speaker, n + 1, g.to})
		}
		return true
	}
	return false
}

// tally adds up what the clients found. Their readers must have ended.
func (r *run) tally(res *Result) {
	first := map[bool]*client{} // of each node: the lines of different speakers may come in another order at each
	for _, c := range r.clients {
		complete := !c.gone.Load()
		if !complete {
			res.Gone++
		}
		res.Twice += c.twice
		res.Disordered += c.disordered
		lost := c.lost
		if complete {
			lost += r.tail(c)
		}
		res.Lost += lost
		if !complete || lost > 0 || c.twice > 0 || c.deaf >= 0 {
			continue // it did not hear the same lines, so not in the same order
		}
		if first[c.near] == nil {
			first[c.near] = c
		}
		if c.order != first[c.near].order {
			res.Differing++
		}
	}
	res.Gone += r.refused.Load()
}

// tail returns how many of the last lines of each speaker c did not hear. What
// a speaker that was thrown out said last may have gone with it.
func (r *run) tail(c *client) (lost int64) {
	for i, s := range r.speakers {
		if said := s.said.Load(); i != c.deaf && said > c.next[i] && !s.gone.Load() {
			lost += int64(said - c.next[i])
		}
	}
	return lost
}
