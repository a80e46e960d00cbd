package connlimit

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxAddresses is how many addresses a table remembers, in about 15 MB.
	maxAddresses = 1 << 16

	// minSweepSize is the size below which sweeping a table is not worth it.
	minSweepSize = 64

	// minSweepInterval is the least time between two sweeps of a full table. A sweep takes
	// milliseconds, too long to repeat for every new connection.
	minSweepInterval = time.Second
)

// A usage is what is remembered of an address or a network.
type usage struct {
	network
	conns      int           // admitted connections
	handshakes int           // those of them without a session
	connects   *rate.Limiter // new connections; nil without a limit
	input      *rate.Limiter // bytes of input; nil without a limit
	notices    *rate.Limiter // refusals that the client is told of; nil before the first
}

// allowNotice reports whether one more refused client is to be told why.
func (u *usage) allowNotice(now time.Time) bool {
	if u.notices == nil {
		u.notices = rate.NewLimiter(noticesPerSecond, maxRefusals)
	}
	return u.notices.AllowN(now, 1)
}

// isIdle reports whether forgetting u would make no difference to its next connection.
func (u *usage) isIdle(now time.Time) bool {
	return u.conns == 0 && isBucketFull(u.connects, now) && isBucketFull(u.input, now)
}

func isBucketFull(bucket *rate.Limiter, now time.Time) bool {
	return bucket == nil || bucket.TokensAt(now) >= float64(bucket.Burst())
}

// A usageTable remembers addresses and networks. The zero value is ready to use. The Limiter's
// lock guards it.
type usageTable struct {
	limits   Limits
	byPrefix map[netip.Prefix]*usage
	overflow *usage // shared by all addresses that byPrefix has no room for
	sweepAt  int    // the size at which to sweep
	sweptAt  time.Time
}

// get returns the usage of a network. If the table is full, that is overflow for an unknown one.
func (t *usageTable) get(s network, now time.Time) *usage {
	if a := t.byPrefix[s.prefix]; a != nil {
		return a
	}
	if len(t.byPrefix) >= t.sweepAt && now.Sub(t.sweptAt) >= t.sweepInterval() {
		t.sweep(now)
	}
	if len(t.byPrefix) >= maxAddresses {
		if t.overflow == nil {
			t.overflow = t.newUsage(overflowNetwork())
		}
		return t.overflow
	}
	a := t.newUsage(s)
	if t.byPrefix == nil {
		t.byPrefix = map[netip.Prefix]*usage{}
	}
	t.byPrefix[s.prefix] = a
	return a
}

func (t *usageTable) newUsage(s network) *usage {
	return &usage{network: s, connects: t.limits.connectLimiter(s), input: t.limits.sharedInputLimiter(s)}
}

// setLimits changes the limits, for known addresses as well. A rate whose limit has changed
// starts afresh.
func (t *usageTable) setLimits(l Limits) {
	old := t.limits
	t.limits = l
	for _, a := range t.byPrefix {
		a.setLimits(old, l)
	}
	if t.overflow != nil {
		t.overflow.setLimits(old, l)
	}
}

func (u *usage) setLimits(old, l Limits) {
	if l.Connects != old.Connects {
		u.connects = l.connectLimiter(u.network)
	}
	if l.Input != old.Input || l.Address != old.Address {
		u.input = l.sharedInputLimiter(u.network)
	}
}

// sweepInterval returns the least time between two sweeps. A table below its maximal size has
// none: it must double in size before the next sweep.
func (t *usageTable) sweepInterval() time.Duration {
	if len(t.byPrefix) < maxAddresses {
		return 0
	}
	return minSweepInterval
}

// sweep forgets the networks that have nothing left to remember.
func (t *usageTable) sweep(now time.Time) {
	for _, a := range t.byPrefix {
		t.forgetIfIdle(a, now)
	}
	t.sweepAt = min(max(2*len(t.byPrefix), minSweepSize), maxAddresses)
	t.sweptAt = now
}

// forgetIfIdle forgets a network that has nothing left to remember.
func (t *usageTable) forgetIfIdle(a *usage, now time.Time) {
	if a != t.overflow && a.isIdle(now) {
		delete(t.byPrefix, a.prefix)
	}
}
