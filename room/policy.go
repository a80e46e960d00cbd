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

// Govern has the house go by another policy from now on. Nobody who is here has to
// leave for it. Where the limits are other ones, everybody begins anew under them,
// as if nothing had been said before.
func (h *House) Govern(p Policy) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before := h.Limits
	h.Policy = p
	if p.Limits == before {
		return
	}
	clear(h.paces)
	h.sources = sources{}
	fresh := map[*presence]bool{}
	for u := range h.users {
		u.source.Store(h.sources.enter(u.visitor.Remote, p.Limits))
		if !fresh[u.presence] {
			fresh[u.presence] = true
			u.presence.pace.Store(h.paceLocked(u.Key))
		}
	}
}
