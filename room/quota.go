package room

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"teahouse/internal/netaddr"
	"teahouse/internal/ratelimit"
)

// A Quota limits how much of a shared resource the people from one network may take: so much at
// once, and then so much each day. That is at most a tenth of the resource in the time after which
// unused entries become free again. Quotas are counted in memory, so no address is stored; each
// node counts for itself and starts anew when it restarts.
type Quota struct {
	name   string
	Burst  int
	PerDay int
}

func NameQuota() Quota         { return Quota{"names", 200, 140} }  // of accounts.MaxOwnedNames
func BotQuota() Quota          { return Quota{"bots", 10, 1} }      // of maxBots
func ReadMarkerQuota() Quota   { return Quota{"places", 50, 15} }   // of MaxReadMarkers
func SettingsQuota() Quota     { return Quota{"settings", 50, 60} } // of maxSettings
func IgnoreListQuota() Quota   { return Quota{"ignoring", 20, 6} }  // of maxIgnoreLists
func InputHistoryQuota() Quota { return Quota{"typed", 50, 15} }    // of maxInputHistories
func KeyQuota() Quota          { return Quota{"keys", 20, 4} }      // of accounts.MaxLinkedKeys
func LinkCodeQuota() Quota     { return Quota{"codes", 50, 7200} }  // of accounts.MaxLinkOffers, which last for minutes

// OfflineQuota is in bytes of the journal's space for waiting private messages.
func OfflineQuota() Quota { return Quota{"letters", 400 << 10, 200 << 10} }

// quotas counts what each network has taken. Hub.mu guards it.
type quotas struct {
	limiters ratelimit.Table[quotaKey, *rate.Limiter]
}

type quotaKey struct {
	name    string
	network netip.Prefix
}

// TakeQuota takes n from the quota of u's network, and reports whether that much was left.
// Operators and sessions without address limits are not limited.
func (p *People) TakeQuota(u *Session, s Quota, n int) bool {
	if p.st.hub.Limits.AddressLines <= 0 || !u.Client.Remote.IsValid() || p.st.Moderation.IsOperator(u.Person) {
		return true
	}
	return p.st.hub.quotas.take(netaddr.Network(u.Client.Remote), s, n, time.Now())
}

func (q *quotas) take(from netip.Prefix, of Quota, n int, now time.Time) bool {
	key := quotaKey{of.name, from}
	left, ok := q.limiters.Get(key)
	if !ok {
		left = rate.NewLimiter(rate.Limit(float64(of.PerDay)/(24*time.Hour).Seconds()), of.Burst)
		q.limiters.Set(key, left, now, func(_ quotaKey, left *rate.Limiter) bool { return ratelimit.IsFull(left, now) })
	}
	return left.AllowN(now, n)
}
