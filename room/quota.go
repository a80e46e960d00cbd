package room

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
)

// A quota limits how much of a shared resource the people from one network may take: so much at
// once, and then so much each day. That is at most a tenth of the resource in the time after which
// unused entries become free again. Quotas are counted in memory, so no address is stored; each
// node counts for itself and starts anew when it restarts.
type quota struct {
	name   string
	burst  int
	perDay int
}

func nameQuota() quota         { return quota{"names", 200, 140} }  // of accounts.MaxOwnedNames
func botQuota() quota          { return quota{"bots", 10, 1} }      // of maxBots
func readMarkerQuota() quota   { return quota{"places", 50, 15} }   // of maxReadMarkers
func settingsQuota() quota     { return quota{"settings", 50, 60} } // of maxSettings
func ignoreListQuota() quota   { return quota{"ignoring", 20, 6} }  // of maxIgnoreLists
func inputHistoryQuota() quota { return quota{"typed", 50, 15} }    // of maxInputHistories
func keyQuota() quota          { return quota{"keys", 20, 4} }      // of accounts.MaxLinkedKeys
func linkCodeQuota() quota     { return quota{"codes", 50, 7200} }  // of accounts.MaxLinkOffers, which last for minutes

// offlineQuota is in bytes of the journal's space for waiting private messages.
func offlineQuota() quota { return quota{"letters", 400 << 10, 200 << 10} }

// quotas counts what each network has taken. Hub.mu guards it.
type quotas struct {
	limiters ratelimit.Table[quotaKey, *rate.Limiter]
}

type quotaKey struct {
	name    string
	network netip.Prefix
}

// takeQuotaLocked takes n from the quota of u's network, and reports whether that much was left.
// Operators and sessions without address limits are not limited.
func (h *Hub) takeQuotaLocked(u *Session, s quota, n int) bool {
	if h.Limits.AddressLines <= 0 || !u.client.Remote.IsValid() || h.moderation.IsOperator(u.Person) {
		return true
	}
	return h.quotas.take(netaddr.Network(u.client.Remote), s, n, time.Now())
}

func (q *quotas) take(from netip.Prefix, of quota, n int, now time.Time) bool {
	key := quotaKey{of.name, from}
	left, ok := q.limiters.Get(key)
	if !ok {
		left = rate.NewLimiter(rate.Limit(float64(of.perDay)/(24*time.Hour).Seconds()), of.burst)
		q.limiters.Set(key, left, now, func(_ quotaKey, left *rate.Limiter) bool { return ratelimit.IsFull(left, now) })
	}
	return left.AllowN(now, n)
}
