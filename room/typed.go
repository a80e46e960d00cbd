package room

import (
	"slices"
	"time"
)

const (
	// mostTyped and mostTypedBytes are how many lines, and bytes of them, are kept
	// of what a person typed.
	mostTyped      = 50
	mostTypedBytes = 4 << 10

	// mostTypers is of how many people. With one more, what was not used for the
	// longest time is dropped.
	mostTypers = 5000
)

// typed is what somebody typed last, to be typed again.
type typed struct {
	Lines []string  `json:"lines"` // the oldest first
	Used  time.Time `json:"used"`
}

// Typed returns the lines that u's person typed in sessions before, as far as they
// are kept, the oldest first: for the input row to go back to.
func (u *User) Typed() []string {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.typed[u.Key]; t != nil {
		return slices.Clone(t.Lines)
	}
	return nil
}

// KeepTyped keeps the lines, the oldest first, that a door has as what u typed:
// the newest of them, in place of those that Typed returned. It is for the end of
// a session. They are kept as they were typed, private messages among them; so
// nothing is where the house keeps nothing that is said, nor of who has no key, nor
// of a session in which u's person was forgotten, since the door's lines have in
// them what was to be.
func (u *User) KeepTyped(lines []string) {
	lines = newest(lines)
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if u.Key == "" || h.Archive == nil || u.forgot.Load() || u.isRevokedLocked() || len(lines) == 0 {
		return
	}
	if h.typed[u.Key] == nil && len(h.typed) >= mostTypers {
		dropOldestLocked(h, tableTyped, h.typed, func(t *typed) time.Time { return t.Used })
	}
	putLocked(h, tableTyped, h.typed, u.Key, &typed{Lines: lines, Used: time.Now()})
}

// newest returns the last of some lines, as many as are kept. A line that is too
// long by itself is left out.
func newest(lines []string) (kept []string) {
	bytes := 0
	for _, line := range slices.Backward(lines) {
		if line = CleanLines(line); line == "" || len(line) > mostTypedBytes {
			continue
		}
		if bytes += len(line); bytes > mostTypedBytes || len(kept) == mostTyped {
			break
		}
		kept = append(kept, line)
	}
	slices.Reverse(kept)
	return kept
}

// forgetTyped forgets what a person typed, up to the end of the sessions that it
// has now.
func (h *House) forgetTyped(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgetTypedLocked(person)
}

func (h *House) forgetTypedLocked(person string) {
	putLocked(h, tableTyped, h.typed, person, nil)
	if p := h.people[person]; p != nil {
		for _, s := range p.sessions {
			s.forgot.Store(true)
		}
	}
}
