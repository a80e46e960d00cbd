package connlimit

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/ratelimit"
)

// maxAddresses is how many addresses a table remembers, in about 15 MB.
const maxAddresses = 1 << 16

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
	return u.conns == 0 && ratelimit.IsFull(u.connects, now) && ratelimit.IsFull(u.input, now)
}

// A usageTable remembers addresses and networks once it has limits. The Limiter's lock guards it.
type usageTable struct {
	limits   Limits
	byPrefix ratelimit.Table[netip.Prefix, *usage]
	overflow *usage // shared by all addresses that byPrefix has no room for
}

// get returns the usage of a network. If the table is full, that is overflow for an unknown one.
func (t *usageTable) get(s network, now time.Time) *usage {
	if a, ok := t.byPrefix.Get(s.prefix); ok {
		return a
	}
	isIdle := func(_ netip.Prefix, a *usage) bool { return a.isIdle(now) }
	if t.byPrefix.SweepIfDue(now, isIdle); t.byPrefix.Len() >= maxAddresses {
		if t.overflow == nil {
			t.overflow = t.newUsage(overflowNetwork())
		}
		return t.overflow
	}
	a := t.newUsage(s)
	t.byPrefix.Set(s.prefix, a, now, isIdle)
	return a
}

func (t *usageTable) newUsage(s network) *usage {
	return &usage{network: s, connects: t.limits.connectLimiter(s), input: t.limits.sharedInputLimiter(s)}
}

// setLimits changes the limits, for known addresses as well. A rate whose limit has changed
// starts afresh.
func (t *usageTable) setLimits(l Limits) {
	old := t.limits
	t.limits, t.byPrefix.Max = l, maxAddresses
	for _, a := range t.byPrefix.All() {
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

// forgetIfIdle forgets a network that has nothing left to remember.
func (t *usageTable) forgetIfIdle(a *usage, now time.Time) {
	if a != t.overflow && a.isIdle(now) {
		t.byPrefix.Delete(a.prefix)
	}
}
