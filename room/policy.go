package room

import (
	"time"

	"teahouse/internal/ratelimit"
)

// A Policy holds the decisions of the server's administrator that may change while the hub runs.
// The zero Policy limits nothing and lets everybody in.
type Policy struct {
	// NameAge is how long an owner may be away before the name becomes free; 0 means forever.
	NameAge time.Duration
	// InviteOnly only lets in operators, keys for which [Config].IsAllowedKey returns true, and
	// people who have used a code.
	InviteOnly bool
	// Limits limits rates.
	Limits Limits
}

// Limits are the rates of people, bots and addresses.
type Limits = ratelimit.Limits

// SetPolicy changes the policy. It ends no sessions. If the limits change, all rates start anew, as
// if nothing had been said before.
func (h *Hub) SetPolicy(p Policy) {
	st := h.Lock()
	defer st.Unlock()
	before := st.Policy.Limits
	st.Policy = p
	if p.Limits == before {
		return
	}
	st.Access.rateLimits.Clear()
	st.Access.addressLimits = ratelimit.Addresses{}
	fresh := map[*User]bool{}
	for s := range st.Sessions {
		s.Meter.SetAddress(st.Access.addressLimits.Acquire(s.Client.Remote, p.Limits))
		if !fresh[s.User] {
			fresh[s.User] = true
			s.User.rateLimit.Store(st.Access.rateLimit(s.Person))
		}
	}
}
