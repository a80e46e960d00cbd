package room

import "time"

// newcomerPeriod is for how long a key is a newcomer's after it was here first. A key costs
// nothing, but time does: of what all share newcomers get less, and leave half of it to
// those who are known.
const newcomerPeriod = 24 * time.Hour

// isNewcomerLocked reports whether a person came with a key that was here first not long
// ago, or with none. Operators never are.
func (h *Hub) isNewcomerLocked(person string) bool {
	if h.moderation.IsOperator(person) {
		return false
	}
	first := h.firstSeenLocked(person)
	return first.IsZero() || time.Since(first) < newcomerPeriod
}

// firstSeenLocked returns when a person was here first, as far as anything is kept of that.
func (h *Hub) firstSeenLocked(person string) (first time.Time) {
	if person == "" {
		return first
	}
	for _, o := range h.names.Of(person) {
		first = earlierTime(first, earlierTime(o.Since, o.LastUsed)) // older versions did not note since when
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

// earlierTime returns the earlier of two moments, of which the zero Time is none.
func earlierTime(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// isFullForLocked reports whether so many of what all share are taken that there is none for
// a person.
func (h *Hub) isFullForLocked(person string, taken, most int) bool {
	if h.isNewcomerLocked(person) {
		most /= 2
	}
	return taken >= most
}
