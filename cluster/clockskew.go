package cluster

import (
	"slices"
	"time"

	"teahouse/internal/reply"
)

const (
	// skewWindow is the time over which another node's clock is measured.
	skewWindow = 10 * time.Second

	// skewAlertThreshold is the skew at which operators are alerted, and skewClearThreshold the
	// skew below which the alert ends.
	skewAlertThreshold = time.Second
	skewClearThreshold = skewAlertThreshold / 2
)

// A clockSkew measures how far another node's clock is ahead of this one's; a negative value
// means behind. A heartbeat shows the skew less the time that it was on its way, so the fastest
// of several heartbeats tells best. A process that was suspended or a slow network is not taken
// for skew.
type clockSkew struct {
	ahead       time.Duration // as last measured or, before that, as the fastest heartbeat shows so far
	windowStart time.Time     // when the window's first heartbeat arrived; zero if there is none
	windowMax   time.Duration // the largest value in the window
	known       bool          // there was a heartbeat
	measured    bool          // there was a whole window
	alerted     bool          // operators were alerted
}

// observe records the time at which a heartbeat was sent that arrives now. It reports whether a
// measurement is complete.
func (s *clockSkew) observe(sent, now time.Time) bool {
	ahead := sent.Round(0).Sub(now.Round(0)) // by the wall clocks
	if s.windowStart.IsZero() {
		s.windowStart, s.windowMax = now, ahead
	}
	s.windowMax = max(s.windowMax, ahead)
	whole := now.Sub(s.windowStart) >= skewWindow
	if whole || !s.measured { // the first heartbeat is better than nothing: bans may end by it
		s.ahead, s.known = s.windowMax, true
	}
	if whole {
		s.measured, s.windowStart = true, time.Time{}
	}
	return whole
}

// abs returns the absolute difference of the clocks.
func (s *clockSkew) abs() time.Duration { return max(s.ahead, -s.ahead) }

// plausibleClocks returns the earliest and the latest of the clocks that may be right, relative
// to this node's: the median of all clocks including this one, or the two in the middle.
// Differences below the alert threshold may be network delay and count as 0.
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

// adjustClock makes the hub use the clocks of the nodes that answer. While none answers, nothing
// changes: a node that is cut off is no surer of its own clock.
func (l *Link) adjustClock(ahead []time.Duration) {
	if len(ahead) > 0 {
		l.hub.SetClockOffsets(plausibleClocks(ahead))
	}
}

// measureSkew measures the node's clock by a heartbeat, and reports a large difference: once, and
// when it is over. Earlier versions send no time.
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
