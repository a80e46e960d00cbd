package room

import (
	"time"

	"teahouse/internal/records"
)

const (
	// singleUseSpan is within what time something was used that was used on one day only, and
	// singleUseAge after how long it is free again.
	singleUseSpan = 24 * time.Hour
	singleUseAge  = 30 * 24 * time.Hour

	// sweepInterval is how often, at most, it is looked for what nobody uses in a table that is
	// full, and maxSwept how much of it is free again then: everybody waits for that.
	sweepInterval = time.Minute
	maxSwept      = 500
)

// isUnused reports whether something is free again that somebody used at two moments first
// and last: after the time for names, and much sooner where it was used on one day only, as
// all is that was taken to be taken.
func (h *Hub) isUnused(first, last time.Time) bool {
	age := h.nameAge()
	if last.Sub(first) < singleUseSpan && (age == 0 || age > singleUseAge) {
		age = singleUseAge
	}
	return age > 0 && time.Since(last) > age
}

// nameAge returns after how long without its owner a name is free, 0 for never.
func (h *Hub) nameAge() time.Duration {
	if h.PeerNameAge == nil {
		return h.NameAge
	}
	kept := h.PeerNameAge()
	if kept == 0 || h.NameAge == 0 {
		return 0
	}
	return max(kept, h.NameAge)
}

// maySweepLocked reports whether it is time to look for what nobody uses in a table.
func (h *Hub) maySweepLocked(table string) bool {
	if time.Since(h.swept[table]) < sweepInterval {
		return false
	}
	h.swept[table] = time.Now()
	return true
}

// sweepUnusedLocked deletes the records of people who came once, or did not come for long.
func sweepUnusedLocked[T any](h *Hub, table *records.Table[T]) {
	if !h.maySweepLocked(table.Name) {
		return
	}
	here := map[string]bool{}
	for _, s := range h.allSessionsLocked() {
		here[s.Person] = true
	}
	swept := 0
	for person := range table.All() {
		if swept < maxSwept && !here[person] && h.isUnused(h.firstSeenLocked(person), h.lastSeenOfflineLocked(person)) {
			table.Delete(person)
			swept++
		}
	}
}

// hasCapacityLocked reports whether a table has a place for something more of s's, and takes
// that of s's share. What nobody uses gives way.
func hasCapacityLocked[T any](s *Session, table *records.Table[T], most int, of quota) bool {
	h := s.hub
	if h.isFullForLocked(s.Person, table.Len(), most) {
		sweepUnusedLocked(h, table)
	}
	return !h.isFullForLocked(s.Person, table.Len(), most) && h.takeQuotaLocked(s, of, 1)
}
