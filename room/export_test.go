package room

import (
	"net/netip"
	"time"

	"teahouse/internal/ids"
)

// What the tests of this package see beyond its exports.

// NewSmallHub returns a hub whose lobby keeps n events.
func NewSmallHub(c Config, ring int) *Hub { return newHub(c, ring) }

func (h *Hub) LastRecord() uint64 { return h.lastRecord.Load() }

// SessionsFrom returns how many sessions there are from an address.
func (h *Hub) SessionsFrom(addr netip.Prefix) int {
	if limit, ok := h.state.Access.addressLimits.ByAddress.Get(addr); ok {
		return limit.Sessions
	}
	return 0
}

// Addresses returns the addresses with limits, and the number of sessions from each.
func (h *Hub) Addresses() map[netip.Prefix]int {
	all := map[netip.Prefix]int{}
	for addr, limit := range h.state.Access.addressLimits.ByAddress.All() {
		all[addr] = limit.Sessions
	}
	return all
}

func (a *Access) CountRateLimits() int { return a.rateLimits.Len() }

func (p *People) Swept() map[string]time.Time { return p.swept }

func (rs *Rooms) Closings() map[ids.Room]time.Time { return rs.closings }

func (r *Room) CreatedAt() time.Time { return r.createdAt }

// TakeLines takes tokens for n lines of a user, and returns how long to wait for them.
func (u *User) TakeLines(n int) time.Duration { return u.rateLimit.Load().Lines.Take(n) }

func (s *Session) Input() []string            { return s.input }
func (s *Session) WakeChannel() chan struct{} { return s.wake }
