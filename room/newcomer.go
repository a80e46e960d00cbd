package room

import "time"

// newcomerTime is for how long a key is a newcomer's after it was here first. A key costs
// nothing, but time does: of what all share newcomers get less, and leave half of it to
// those who are known.
const newcomerTime = 24 * time.Hour

// isNewcomerLocked reports whether a person came with a key that was here first not long
// ago, or with none. Operators never are.
func (h *House) isNewcomerLocked(person string) bool {
	if h.isOperatorLocked(person) {
		return false
	}
	first := h.firstHereLocked(person)
	return first.IsZero() || time.Since(first) < newcomerTime
}

// firstHereLocked returns when a person was here first, as far as anything is kept of that.
func (h *House) firstHereLocked(person string) (first time.Time) {
	if person == "" {
		return first
	}
	for _, c := range h.claimed[person] {
		first = earlier(first, earlier(c.Since, c.Seen)) // older versions did not note since when
	}
	if b := h.bots[person]; b != nil {
		first = earlier(first, b.Since)
	}
	if h.Archive == nil {
		return first
	}
	for _, id := range h.idsLocked(person) {
		if p, ok := h.Archive.Person(id); ok {
			first = earlier(first, p.First)
		}
	}
	return first
}

// earlier returns the earlier of two moments, of which the zero Time is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// isFullLocked reports whether so many of what all share are taken that there is none for
// a person.
func (h *House) isFullLocked(person string, taken, most int) bool {
	if h.isNewcomerLocked(person) {
		most /= 2
	}
	return taken >= most
}
