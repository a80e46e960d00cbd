package room

import (
	"time"

	"teahouse/internal/records"
)

const (
	// Something used only within singleUseSpan counts as used once, and becomes free after
	// singleUseAge.
	singleUseSpan = 24 * time.Hour
	singleUseAge  = 30 * 24 * time.Hour

	// sweepInterval is how often, at most, a full table is searched for unused records. maxSwept is
	// how many are then deleted, because everybody waits for the lock meanwhile.
	sweepInterval = time.Minute
	maxSwept      = 500
)

// isUnused reports whether something that was first and last used at the given times is free again:
// after the time for names, or much sooner if it was only used on one day, as things are that
// somebody takes just to have them.
func (h *Hub) isUnused(first, last time.Time) bool {
	age := h.nameAge()
	if last.Sub(first) < singleUseSpan && (age == 0 || age > singleUseAge) {
		age = singleUseAge
	}
	return age > 0 && time.Since(last) > age
}

// nameAge returns after how long without its owner a name becomes free; 0 means never.
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

// maySweepLocked reports whether a table is due to be searched for unused records.
func (h *Hub) maySweepLocked(table string) bool {
	if time.Since(h.swept[table]) < sweepInterval {
		return false
	}
	h.swept[table] = time.Now()
	return true
}

// sweepUnusedLocked deletes the records of people who came once, or not for a long time.
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

// hasCapacityLocked reports whether a table has room for another record of s's person, and takes it
// from the quota of s's network. It deletes unused records to make room.
func hasCapacityLocked[T any](s *Session, table *records.Table[T], most int, of quota) bool {
	h := s.hub
	if h.isFullForLocked(s.Person, table.Len(), most) {
		sweepUnusedLocked(h, table)
	}
	return !h.isFullForLocked(s.Person, table.Len(), most) && h.takeQuotaLocked(s, of, 1)
}
