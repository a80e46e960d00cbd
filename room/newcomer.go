package room

import "time"

// newcomerPeriod is for how long a key counts as a newcomer's after it was first seen. A key costs
// nothing, but time does: newcomers get less of what everybody shares, and leave half of it to
// established users.
const newcomerPeriod = 24 * time.Hour

// isNewcomerLocked reports whether a person has no key, or one that was first seen recently.
// Operators are never newcomers.
func (h *Hub) isNewcomerLocked(person string) bool {
	if h.moderation.IsOperator(person) {
		return false
	}
	first := h.firstSeenLocked(person)
	return first.IsZero() || time.Since(first) < newcomerPeriod
}

// firstSeenLocked returns when a person was first seen, as far as that is stored.
func (h *Hub) firstSeenLocked(person string) (first time.Time) {
	if person == "" {
		return first
	}
	for _, o := range h.names.Of(person) {
		first = earlierTime(first, earlierTime(o.Since, o.LastUsed)) // older versions did not store Since
	}
	if b := h.bots.Get(person); b != nil {
		first = earlierTime(first, b.Since)
	}
	if h.Messages == nil {
		return first
	}
	for _, id := range h.keys.IDs(person) {
		if p, ok := h.Messages.Account(id); ok {
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

// isFullForLocked reports whether so much of a shared resource is taken that nothing is left for a
// person.
func (h *Hub) isFullForLocked(person string, taken, most int) bool {
	if h.isNewcomerLocked(person) {
		most /= 2
	}
	return taken >= most
}
