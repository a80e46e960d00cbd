package ratelimit

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/netaddr"
)

// A Quota limits how much of a shared resource the people from one network may take: so much at
// once, and then so much each day. That is at most a tenth of the resource in the time after which
// unused entries become free again. Quotas are counted in memory, so no address is stored; each
// node counts for itself and starts anew when it restarts.
type Quota struct {
	Name   string // of the resource, as a key
	Burst  int
	PerDay int
}

func NameQuota() Quota         { return Quota{"names", 200, 140} }        // of accounts.MaxOwnedNames
func BotQuota() Quota          { return Quota{"bots", 10, 1} }            // of accounts.MaxBots
func ReadMarkerQuota() Quota   { return Quota{"readmarkers", 50, 15} }    // of accounts.MaxReadMarkers
func SettingsQuota() Quota     { return Quota{"settings", 50, 60} }       // of accounts.MaxSettings
func IgnoreListQuota() Quota   { return Quota{"ignorelists", 20, 6} }     // of accounts.MaxIgnoreLists
func InputHistoryQuota() Quota { return Quota{"inputhistories", 50, 15} } // of accounts.MaxInputHistories
func KeyQuota() Quota          { return Quota{"keys", 20, 4} }            // of accounts.MaxLinkedKeys
func LinkCodeQuota() Quota     { return Quota{"codes", 50, 7200} }        // of accounts.MaxLinkOffers, which last for minutes

// OfflineQuota is in bytes of the journal's space for waiting private messages.
func OfflineQuota() Quota { return Quota{"offline messages", 400 << 10, 200 << 10} }

// Quotas counts what each network has taken. The zero Quotas is ready to use. It is not safe for
// concurrent use.
type Quotas struct {
	limiters Table[quotaKey, *rate.Limiter]
}

type quotaKey struct {
	name    string
	network netip.Prefix
}

// Take takes n from a quota of the network around an address, and reports whether that much was
// left.
func (q *Quotas) Take(addr netip.Addr, of Quota, n int, now time.Time) bool {
	key := quotaKey{of.Name, netaddr.Network(addr)}
	left, ok := q.limiters.Get(key)
	if !ok {
		left = rate.NewLimiter(rate.Limit(float64(of.PerDay)/(24*time.Hour).Seconds()), of.Burst)
		q.limiters.Set(key, left, now, func(_ quotaKey, left *rate.Limiter) bool { return IsFull(left, now) })
	}
	return left.AllowN(now, n)
}
