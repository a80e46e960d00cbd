package gate

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

const (
	// maxAddresses is how many addresses a table remembers: some 15 MB of them.
	maxAddresses = 1 << 16

	// minSweep is the size below which a table is not worth sweeping.
	minSweep = 64

	// sweepPause is how long a full table is left alone after a sweep: sweeping
	// takes milliseconds, which not every newcomer can be given.
	sweepPause = time.Second
)

// An address is what is remembered of one, or of a network.
type address struct {
	source
	conns      int           // connections that have a place
	handshakes int           // those of them that have no session
	bucket     *rate.Limiter // new connections; nil without a limit
	input      *rate.Limiter // bytes that come; nil without a limit
	told       *rate.Limiter // newcomers who are told why they may not come in; nil before the first
}

// tells reports whether one more newcomer is to be told why it may not come in.
func (a *address) tells(now time.Time) bool {
	if a.told == nil {
		a.told = rate.NewLimiter(toldASecond, maxRefusals)
	}
	return a.told.AllowN(now, 1)
}

// forgettable reports whether a newcomer from the address would find what an
// unknown one finds.
func (a *address) forgettable(now time.Time) bool {
	return a.conns == 0 && isFull(a.bucket, now) && isFull(a.input, now)
}

func isFull(bucket *rate.Limiter, now time.Time) bool {
	return bucket == nil || bucket.TokensAt(now) >= float64(bucket.Burst())
}

// A table remembers addresses. Its zero value is ready. It is used under its
// Gate's lock.
type table struct {
	limits  Limits
	known   map[netip.Prefix]*address
	others  *address // all addresses for which there was no room in known
	sweepAt int      // the size at which to sweep
	swept   time.Time
}

// at returns what is remembered of a source, which is others when there is no
// room for it.
func (t *table) at(s source, now time.Time) *address {
	if a := t.known[s.prefix]; a != nil {
		return a
	}
	if len(t.known) >= t.sweepAt && now.Sub(t.swept) >= t.pause() {
		t.sweep(now)
	}
	if len(t.known) >= maxAddresses {
		if t.others == nil {
			t.others = t.newAddress(others())
		}
		return t.others
	}
	a := t.newAddress(s)
	if t.known == nil {
		t.known = map[netip.Prefix]*address{}
	}
	t.known[s.prefix] = a
	return a
}

func (t *table) newAddress(s source) *address {
	return &address{source: s, bucket: t.limits.connects(s), input: t.limits.shared(s)}
}

// limit has other limits hold, for known addresses, too: each of them begins anew, where
// what it may do has changed.
func (t *table) limit(l Limits) {
	old := t.limits
	t.limits = l
	for _, a := range t.known {
		a.limit(old, l)
	}
	if t.others != nil {
		t.others.limit(old, l)
	}
}

func (a *address) limit(old, l Limits) {
	if l.Connects != old.Connects {
		a.bucket = l.connects(a.source)
	}
	if l.Input != old.Input || l.Address != old.Address {
		a.input = l.shared(a.source)
	}
}

// pause is how long to wait between two sweeps. Below the greatest size there
// is nothing to wait for: a table must double before the next one.
func (t *table) pause() time.Duration {
	if len(t.known) < maxAddresses {
		return 0
	}
	return sweepPause
}

// sweep forgets the addresses that are of no interest any more.
func (t *table) sweep(now time.Time) {
	for _, a := range t.known {
		t.settle(a, now)
	}
	t.sweepAt = min(max(2*len(t.known), minSweep), maxAddresses)
	t.swept = now
}

// settle forgets an address if it is of no interest any more.
func (t *table) settle(a *address, now time.Time) {
	if a != t.others && a.forgettable(now) {
		delete(t.known, a.prefix)
	}
}
