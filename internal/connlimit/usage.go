package connlimit

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxAddresses is how many addresses a table remembers: some 15 MB of them.
	maxAddresses = 1 << 16

	// minSweepSize is the size below which a table is not worth sweeping.
	minSweepSize = 64

	// minSweepInterval is how long a full table is left alone after a sweep: sweeping
	// takes milliseconds, which not every newcomer can be given.
	minSweepInterval = time.Second
)

// A usage is what is remembered of one, or of a network.
type usage struct {
	network
	conns      int           // connections that have a place
	handshakes int           // those of them that have no session
	connects   *rate.Limiter // new connections; nil without a limit
	input      *rate.Limiter // bytes that come; nil without a limit
	notices    *rate.Limiter // newcomers who are told why they may not come in; nil before the first
}

// allowNotice reports whether one more newcomer is to be told why it may not come in.
func (u *usage) allowNotice(now time.Time) bool {
	if u.notices == nil {
		u.notices = rate.NewLimiter(noticesPerSecond, maxRefusals)
	}
	return u.notices.AllowN(now, 1)
}

// isIdle reports whether u newcomer from the address would find what an
// unknown one finds.
func (u *usage) isIdle(now time.Time) bool {
	return u.conns == 0 && isBucketFull(u.connects, now) && isBucketFull(u.input, now)
}

func isBucketFull(bucket *rate.Limiter, now time.Time) bool {
	return bucket == nil || bucket.TokensAt(now) >= float64(bucket.Burst())
}

// A usageTable remembers addresses. Its zero value is ready. It is used under its
// Limiter's lock.
type usageTable struct {
	limits   Limits
	byPrefix map[netip.Prefix]*usage
	overflow *usage // all addresses for which there was no room in known
	sweepAt  int    // the size at which to sweep
	sweptAt  time.Time
}

// get returns what is remembered of a source, which is others when there is no
// room for it.
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

// setLimits has other limits hold, for known addresses, too: each of them begins anew, where
// what it may do has changed.
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

// sweepInterval is how long to wait between two sweeps. Below the greatest size there
// is nothing to wait for: a table must double before the next one.
func (t *usageTable) sweepInterval() time.Duration {
	if len(t.byPrefix) < maxAddresses {
		return 0
	}
	return minSweepInterval
}

// sweep forgets the addresses that are of no interest any more.
func (t *usageTable) sweep(now time.Time) {
	for _, a := range t.byPrefix {
		t.forgetIfIdle(a, now)
	}
	t.sweepAt = min(max(2*len(t.byPrefix), minSweepSize), maxAddresses)
	t.sweptAt = now
}

// forgetIfIdle forgets an address if it is of no interest any more.
func (t *usageTable) forgetIfIdle(a *usage, now time.Time) {
	if a != t.overflow && a.isIdle(now) {
		delete(t.byPrefix, a.prefix)
	}
}
