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

// An address is what is remembered of one.
type address struct {
	group  netip.Prefix
	conns  int           // connections that have a place
	bucket *rate.Limiter // new connections; nil without a limit
}

// forgettable reports whether a newcomer from the address would find what an
// unknown one finds.
func (a *address) forgettable(now time.Time) bool {
	return a.conns == 0 && (a.bucket == nil || a.bucket.TokensAt(now) >= float64(a.bucket.Burst()))
}

// A table remembers addresses. Its zero value is ready. It is used under its
// Gate's lock.
type table struct {
	connects int // a minute; 0 without a limit
	known    map[netip.Prefix]*address
	others   *address // all addresses for which there was no room in known
	sweepAt  int      // the size at which to sweep
	swept    time.Time
}

// at returns what is remembered of a group, which is others when there is no
// room for it.
func (t *table) at(group netip.Prefix, now time.Time) *address {
	if a := t.known[group]; a != nil {
		return a
	}
	if len(t.known) >= t.sweepAt && now.Sub(t.swept) >= t.pause() {
		t.sweep(now)
	}
	if len(t.known) >= maxAddresses {
		if t.others == nil {
			t.others = t.newAddress(netip.Prefix{})
		}
		return t.others
	}
	a := t.newAddress(group)
	if t.known == nil {
		t.known = map[netip.Prefix]*address{}
	}
	t.known[group] = a
	return a
}

func (t *table) newAddress(group netip.Prefix) *address {
	return &address{group: group, bucket: t.newBucket()}
}

func (t *table) newBucket() *rate.Limiter {
	if t.connects <= 0 {
		return nil
	}
	return rate.NewLimiter(rate.Limit(float64(t.connects)/60), max(t.connects/2, 1))
}

// limit has another number of new connections a minute hold, for known addresses,
// too: each of them begins anew.
func (t *table) limit(connects int) {
	if connects == t.connects {
		return
	}
	t.connects = connects
	for _, a := range t.known {
		a.bucket = t.newBucket()
	}
	if t.others != nil {
		t.others.bucket = t.newBucket()
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
		delete(t.known, a.group)
	}
}
