package room

import (
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// A share is how much of something that all share those who come from one network may
// take: so much at once, and so much a day from then on. That is at most a tenth of it in the
// time after which what nobody uses is free again. It is counted in memory, so no address is
// kept; each house counts for itself, and begins anew when it starts.
type share struct {
	what   string
	atOnce int
	perDay int
}

func shareOfNames() share    { return share{"names", 200, 140} }  // of mostClaims
func shareOfBots() share     { return share{"bots", 10, 1} }      // of mostBots
func shareOfPlaces() share   { return share{"places", 50, 15} }   // of mostFollowed
func shareOfSettings() share { return share{"settings", 50, 60} } // of mostSettings
func shareOfIgnoring() share { return share{"ignoring", 20, 6} }  // of mostIgnoring
func shareOfTyped() share    { return share{"typed", 50, 15} }    // of mostTypers
func shareOfKeys() share     { return share{"keys", 20, 4} }      // of mostLinked
func shareOfCodes() share    { return share{"codes", 50, 7200} }  // of mostOffers, which last for minutes

// shareOfLetters is in bytes, of what a journal has for private messages that wait.
func shareOfLetters() share { return share{"letters", 400 << 10, 200 << 10} }

// shares are what was taken from where. House.mu guards them.
type shares struct {
	taken map[sharer]*rate.Limiter
	swept int // how many there were after the last time that old ones were dropped
}

type sharer struct {
	what string
	from netip.Prefix
}

// Network returns what counts as one where a part of something is taken for long: of IPv4
// the address, of IPv6 the /48 around it, which a household or a small provider has.
func Network(addr netip.Addr) netip.Prefix {
	if addr = origin(addr); addr.Is4() {
		return Source(addr)
	}
	around, _ := addr.Prefix(48) // fails for too many bits only
	return around
}

// shareLocked takes n of a share for somebody, and reports whether there was as much. Those
// whose address is not limited, and operators, have all of it.
func (h *House) shareLocked(u *User, s share, n int) bool {
	if h.Limits.SourceLines <= 0 || !u.visitor.Remote.IsValid() || h.isOperatorLocked(u.Key) {
		return true
	}
	return h.shares.take(Network(u.visitor.Remote), s, n, time.Now())
}

func (s *shares) take(from netip.Prefix, of share, n int, now time.Time) bool {
	key := sharer{of.what, from}
	left := s.taken[key]
	if left == nil {
		s.sweep(now)
		left = rate.NewLimiter(rate.Limit(float64(of.perDay)/(24*time.Hour).Seconds()), of.atOnce)
		s.taken[key] = left
	}
	return left.AllowN(now, n)
}

// sweep drops those of which nothing is taken, where there are twice as many as after the
// last time.
func (s *shares) sweep(now time.Time) {
	if s.taken == nil {
		s.taken = map[sharer]*rate.Limiter{}
	}
	if len(s.taken) < 2*max(s.swept, 512) {
		return
	}
	for key, left := range s.taken {
		if left.TokensAt(now) >= float64(left.Burst()) {
			delete(s.taken, key)
		}
	}
	s.swept = len(s.taken)
}
