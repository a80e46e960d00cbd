package cluster

import (
	"slices"
	"time"

	"teahouse/internal/reply"
)

const (
	// skewWindow is over how long it is looked by how much a clock is ahead of this one's.
	skewWindow = 10 * time.Second

	// skewAlertThreshold is from where on that is told, and skewClearThreshold from where on it is over.
	skewAlertThreshold = time.Second
	skewClearThreshold = skewAlertThreshold / 2
)

// A clockSkew is by how much the clock of a node is ahead of this one's, which less than 0 is behind.
// What a beat says is what that is without the time that the beat was on its way. So of several the
// one that was fastest tells best: that a process stood still, or a network was slow, is no skew.
type clockSkew struct {
	ahead       time.Duration // as measured last or, before that, as the fastest beat says so far
	windowStart time.Time     // when the first beat came of those that are looked at; zero where there is none
	windowMax   time.Duration // that one of those says
	known       bool          // some beat came
	measured    bool          // it was measured
	alerted     bool          // that it is too much
}

// observe learns when a beat was sent that came now. It reports whether the skew is measured anew.
func (s *clockSkew) observe(sent, now time.Time) bool {
	ahead := sent.Round(0).Sub(now.Round(0)) // by the clocks that tell the time of the day
	if s.windowStart.IsZero() {
		s.windowStart, s.windowMax = now, ahead
	}
	s.windowMax = max(s.windowMax, ahead)
	whole := now.Sub(s.windowStart) >= skewWindow
	if whole || !s.measured { // what the first beat says is better than nothing: bans may end by it
		s.ahead, s.known = s.windowMax, true
	}
	if whole {
		s.measured, s.windowStart = true, time.Time{}
	}
	return whole
}

// abs returns by how much the clocks differ.
func (s *clockSkew) abs() time.Duration { return max(s.ahead, -s.ahead) }

// plausibleClocks returns the earliest and the latest of the clocks that may be right, by how much each
// node's is ahead of this one's, which is among them: that in the middle of all, or the two there.
// What is no more than beats may take says nothing.
func plausibleClocks(ahead []time.Duration) (least, most time.Duration) {
	ahead = append(ahead, 0)
	slices.Sort(ahead)
	much := func(d time.Duration) time.Duration {
		if d.Abs() < skewAlertThreshold {
			return 0
		}
		return d
	}
	return much(ahead[(len(ahead)-1)/2]), much(ahead[len(ahead)/2])
}

// adjustClock has the house go by the clocks of the nodes that answer. While none does that is as before:
// who is cut off is no surer of its own clock.
func (l *Link) adjustClock(ahead []time.Duration) {
	if len(ahead) > 0 {
		l.hub.SetClockOffsets(plausibleClocks(ahead))
	}
}

// measureSkew measures the node's clock by a beat, and tells where it differs much from this one's: once,
// and when that is over. An earlier version does not say when it sends.
func (n *peer) measureSkew(b *heartbeat) {
	if b.Time.IsZero() || !n.skew.observe(b.Time, time.Now()) {
		return
	}
	size := n.skew.abs()
	switch {
	case !n.skew.alerted && size >= skewAlertThreshold:
		n.skew.alerted = true
		n.link.log.Warn("cluster: the clock of a node differs from this one's", "node", n.node, "ahead", n.skew.ahead.Round(time.Millisecond))
		n.link.hub.AlertOperators(reply.ClocksDiffer, n.link.node, n.node, size.Round(time.Second))
	case n.skew.alerted && size < skewClearThreshold:
		n.skew.alerted = false
		n.link.log.Info("cluster: the clock of a node agrees with this one's again", "node", n.node)
	}
}
