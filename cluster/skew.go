package cluster

import (
	"slices"
	"time"

	"teahouse/room"
)

const (
	// skewTime is over how long it is looked by how much a clock is ahead of this one's.
	skewTime = 10 * time.Second

	// mostSkew is from where on that is told, and leastSkew from where on it is over.
	mostSkew  = time.Second
	leastSkew = mostSkew / 2
)

// A skew is by how much the clock of a node is ahead of this one's, which less than 0 is behind.
// What a beat says is what that is without the time that the beat was on its way. So of several the
// one that was fastest tells best: that a process stood still, or a network was slow, is no skew.
type skew struct {
	ahead time.Duration // as measured last or, before that, as the fastest beat says so far
	began time.Time     // when the first beat came of those that are looked at; zero where there is none
	most  time.Duration // that one of those says
	known bool          // some beat came
	sure  bool          // it was measured
	told  bool          // that it is too much
}

// hear learns when a beat was sent that came now. It reports whether the skew is measured anew.
func (s *skew) hear(sent, now time.Time) bool {
	ahead := sent.Round(0).Sub(now.Round(0)) // by the clocks that tell the time of the day
	if s.began.IsZero() {
		s.began, s.most = now, ahead
	}
	s.most = max(s.most, ahead)
	whole := now.Sub(s.began) >= skewTime
	if whole || !s.sure { // what the first beat says is better than nothing: bans may end by it
		s.ahead, s.known = s.most, true
	}
	if whole {
		s.sure, s.began = true, time.Time{}
	}
	return whole
}

// size returns by how much the clocks differ.
func (s *skew) size() time.Duration { return max(s.ahead, -s.ahead) }

// clocks returns the earliest and the latest of the clocks that may be right, by how much each
// node's is ahead of this one's, which is among them: that in the middle of all, or the two there.
// What is no more than beats may take says nothing.
func clocks(ahead []time.Duration) (least, most time.Duration) {
	ahead = append(ahead, 0)
	slices.Sort(ahead)
	much := func(d time.Duration) time.Duration {
		if d.Abs() < mostSkew {
			return 0
		}
		return d
	}
	return much(ahead[(len(ahead)-1)/2]), much(ahead[len(ahead)/2])
}

// adjust has the house go by the clocks of the nodes that answer. While none does that is as before:
// who is cut off is no surer of its own clock.
func (l *Link) adjust(ahead []time.Duration) {
	if len(ahead) > 0 {
		l.house.Adjust(clocks(ahead))
	}
}

// time measures the node's clock by a beat, and tells where it differs much from this one's: once,
// and when that is over. An earlier version does not say when it sends.
func (n *neighbour) time(b *beat) {
	if b.Time.IsZero() || !n.skew.hear(b.Time, time.Now()) {
		return
	}
	size := n.skew.size()
	switch {
	case !n.skew.told && size >= mostSkew:
		n.skew.told = true
		n.link.log.Warn("cluster: the clock of a node differs from this one's", "node", n.node, "ahead", n.skew.ahead.Round(time.Millisecond))
		n.link.house.Alert(room.ClocksDiffer, n.link.node, n.node, size.Round(time.Second))
	case n.skew.told && size < leastSkew:
		n.skew.told = false
		n.link.log.Info("cluster: the clock of a node agrees with this one's again", "node", n.node)
	}
}
