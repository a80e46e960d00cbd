package room

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
)

// A quota is how much of something that all share those who come from one network may
// take: so much at once, and so much a day from then on. That is at most a tenth of it in the
// time after which what nobody uses is free again. It is counted in memory, so no address is
// kept; each house counts for itself, and begins anew when it starts.
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

// offlineQuota is in bytes, of what a journal has for private messages that wait.
func offlineQuota() quota { return quota{"letters", 400 << 10, 200 << 10} }

// quotas are what was taken from where. Hub.mu guards them.
type quotas struct {
	limiters ratelimit.Table[quotaKey, *rate.Limiter]
}

type quotaKey struct {
	name    string
	network netip.Prefix
}

// takeQuotaLocked takes n of a share for somebody, and reports whether there was as much. Those
// whose address is not limited, and operators, have all of it.
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
