package room

import "time"

// A Policy is what those who run the house decide, and may decide anew while it is
// open. The zero Policy limits nothing and lets everybody in.
type Policy struct {
	// NameAge is after how long without its owner a name is free; 0 is never.
	NameAge time.Duration
	// InviteOnly lets in only operators, those who are Allowed, and those with a code.
	InviteOnly bool
	// Limits says how much one may do in a time.
	Limits Limits
}

// SetPolicy has the house go by another policy from now on. Nobody who is here has to
// leave for it. Where the limits are other ones, everybody begins anew under them,
// as if nothing had been said before.
func (h *Hub) SetPolicy(p Policy) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.Limits
	h.Policy = p
	if p.Limits == before {
		return
	}
	h.rateLimits.Clear()
	h.addressLimits = addressLimits{}
	fresh := map[*user]bool{}
	for s := range h.sessions {
		s.addressLimit.Store(h.addressLimits.acquire(s.client.Remote, p.Limits))
		if !fresh[s.user] {
			fresh[s.user] = true
			s.user.rateLimit.Store(h.rateLimitLocked(s.Person))
		}
	}
}
