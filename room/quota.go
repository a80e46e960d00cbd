package room

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/records"
)

// NewcomerPeriod is for how long a key counts as a newcomer's after it was first seen. A key costs
// nothing, but time does: newcomers get less of what everybody shares, and leave half of it to
// established users.
const NewcomerPeriod = 24 * time.Hour

// IsNewcomer reports whether a person has no key, or one that was first seen recently.
// Operators are never newcomers.
func (p *People) IsNewcomer(person ids.Account) bool {
	if p.st.Moderation.IsOperator(person) {
		return false
	}
	first := p.firstSeen(person)
	return first.IsZero() || time.Since(first) < NewcomerPeriod
}

// firstSeen returns when a person was first seen, as far as that is stored.
func (p *People) firstSeen(person ids.Account) (first time.Time) {
	if person == "" {
		return first
	}
	for _, o := range p.st.Names.Of(person) {
		first = earlierTime(first, earlierTime(o.Since, o.LastUsed)) // older versions did not store Since
	}
	if b := p.st.Bots.Get(person); b != nil {
		first = earlierTime(first, b.Since)
	}
	if p.st.hub.config.Messages == nil {
		return first
	}
	for _, id := range p.st.Keys.IDs(person) {
		if p, ok := p.st.hub.config.Messages.Account(id); ok {
			first = earlierTime(first, p.FirstSeen)
		}
	}
	return first
}

// earlierTime returns the earlier of two times, ignoring zero ones.
func earlierTime(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// IsFullFor reports whether so much of a shared resource is taken that nothing is left for a
// person.
func (p *People) IsFullFor(person ids.Account, taken, most int) bool {
	if p.IsNewcomer(person) {
		most /= 2
	}
	return taken >= most
}

// TakeQuota takes n from the quota of s's network, and reports whether that much was left.
// Operators and sessions without address limits are not limited.
func (p *People) TakeQuota(s *Session, of ratelimit.Quota, n int) bool {
	if p.st.Policy.Limits.AddressLines <= 0 || !s.Client.Remote.IsValid() || p.st.Moderation.IsOperator(s.Person) {
		return true
	}
	return p.quotas.Take(s.Client.Remote, of, n, time.Now())
}

// hasCapacity reports whether a table has room for another record of s's person, and takes it from
// the quota of s's network. It deletes unused records to make room.
func hasCapacity[T any](p *People, s *Session, table *records.Table[ids.Account, T], most int, of ratelimit.Quota) bool {
	if p.IsFullFor(s.Person, table.Len(), most) {
		sweepUnused(p, table)
	}
	return !p.IsFullFor(s.Person, table.Len(), most) && p.TakeQuota(s, of, 1)
}
