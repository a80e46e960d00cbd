package room

import (
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/records"
)

const (
	// Something used only within singleUseSpan counts as used once, and becomes free after
	// singleUseAge.
	singleUseSpan = 24 * time.Hour
	singleUseAge  = 30 * 24 * time.Hour

	// SweepInterval is how often, at most, a full table is searched for unused records. MaxSwept is
	// how many are then deleted, because everybody waits for the lock meanwhile.
	SweepInterval = time.Minute
	MaxSwept      = 500
)

// IsUnused reports whether something that was first and last used at the given times is free again:
// after the time for names, or much sooner if it was only used on one day, as things are that
// somebody takes just to have them.
func (p *People) IsUnused(first, last time.Time) bool {
	age := p.nameAge()
	if last.Sub(first) < singleUseSpan && (age == 0 || age > singleUseAge) {
		age = singleUseAge
	}
	return age > 0 && time.Since(last) > age
}

// nameAge returns after how long without its owner a name becomes free; 0 means never.
func (p *People) nameAge() time.Duration {
	if p.st.hub.config.PeerNameAge == nil {
		return p.st.Policy.NameAge
	}
	kept := p.st.hub.config.PeerNameAge()
	if kept == 0 || p.st.Policy.NameAge == 0 {
		return 0
	}
	return max(kept, p.st.Policy.NameAge)
}

// MaySweep reports whether a table is due to be searched for unused records.
func (p *People) MaySweep(table string) bool {
	if time.Since(p.swept[table]) < SweepInterval {
		return false
	}
	p.swept[table] = time.Now()
	return true
}

// sweepUnused deletes the records of people who came once, or not for a long time.
func sweepUnused[T any](p *People, table *records.Table[ids.Account, T]) {
	if !p.MaySweep(table.Name) {
		return
	}
	here := map[ids.Account]bool{}
	for _, s := range p.st.allSessions() {
		here[s.Person] = true
	}
	swept := 0
	for person := range table.All() {
		if swept < MaxSwept && !here[person] && p.IsUnused(p.firstSeen(person), p.lastSeenOffline(person)) {
			table.Delete(person)
			swept++
		}
	}
}
