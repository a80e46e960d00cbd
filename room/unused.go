package room

import "time"

const (
	// onceTime is within what time something was used that was used on one day only, and
	// onceAge after how long it is free again.
	onceTime = 24 * time.Hour
	onceAge  = 30 * 24 * time.Hour

	// sweepPause is how often, at most, it is looked for what nobody uses in a table that is
	// full, and mostSwept how much of it is free again then: everybody waits for that.
	sweepPause = time.Minute
	mostSwept  = 500
)

// isUnused reports whether something is free again that somebody used at two moments first
// and last: after the time for names, and much sooner where it was used on one day only, as
// all is that was taken to be taken.
func (h *House) isUnused(first, last time.Time) bool {
	age := h.nameAge()
	if last.Sub(first) < onceTime && (age == 0 || age > onceAge) {
		age = onceAge
	}
	return age > 0 && time.Since(last) > age
}

// nameAge returns after how long without its owner a name is free, 0 for never.
func (h *House) nameAge() time.Duration {
	if h.NamesKept == nil {
		return h.NameAge
	}
	kept := h.NamesKept()
	if kept == 0 || h.NameAge == 0 {
		return 0
	}
	return max(kept, h.NameAge)
}

// maySweepLocked reports whether it is time to look for what nobody uses in a table.
func (h *House) maySweepLocked(table string) bool {
	if time.Since(h.swept[table]) < sweepPause {
		return false
	}
	h.swept[table] = time.Now()
	return true
}

// sweepStrangersLocked strikes out the rows of people who came once, or did not come for long.
func sweepStrangersLocked[T any](h *House, table string, rows map[string]*T) {
	if !h.maySweepLocked(table) {
		return
	}
	here := map[string]bool{}
	for _, u := range h.everybodyLocked() {
		here[u.Key] = true
	}
	swept := 0
	for person := range rows {
		if swept < mostSwept && !here[person] && h.isUnused(h.firstHereLocked(person), h.wasLastLocked(person)) {
			putLocked(h, table, rows, person, nil)
			swept++
		}
	}
}

// hasPlaceLocked reports whether a table has a place for something more of u's, and takes
// that of u's share. What nobody uses gives way.
func hasPlaceLocked[T any](u *User, table string, rows map[string]*T, most int, of share) bool {
	h := u.house
	if h.isFullLocked(u.Key, len(rows), most) {
		sweepStrangersLocked(h, table, rows)
	}
	return !h.isFullLocked(u.Key, len(rows), most) && h.shareLocked(u, of, 1)
}
