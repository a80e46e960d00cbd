package room

import (
	"slices"
	"strings"
	"time"
)

const (
	// mostTyped and mostTypedBytes are how many lines, and bytes of them, are kept
	// of what a person typed.
	mostTyped      = 50
	mostTypedBytes = 4 << 10

	// mostTypers is of how many people; of more nothing is kept.
	mostTypers = 5000
)

// typed is what somebody typed last, to be typed again.
type typed struct {
	Lines []string  `json:"lines"` // the oldest first
	Used  time.Time `json:"used"`
}

// Typed returns the lines that u's person typed at terminals before, as far as they
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

// types notes a line that u typed at a terminal, until the session ends. It is kept as
// it was typed, private messages too; so nothing is where the house keeps nothing that is
// said, nor of who has no key.
func (u *User) types(line string) {
	if !u.keepsTyped() {
		return
	}
	line = CleanLines(line)
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	if !u.departed.Load() { // or it has been kept
		u.typed = appendTyped(u.typed, line)
	}
}

func (u *User) keepsTyped() bool {
	return u.visitor.Terminal && u.Key != "" && u.house.Archive != nil
}

// Row tells the house how to find what stands in the input row of u's terminal and was
// not entered, or "". It is kept with what was typed when the session ends, as when
// another terminal takes over or the network breaks. The function is called with the house
// locked, by any goroutine.
func (u *User) Row(unsent func() string) {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	u.unsent = unsent
}

// addressedRow returns what stood in the row so that it goes to one person alone where it
// would have gone there: the next session begins by talking to the room.
func (u *User) addressedRow(text string) string {
	to := u.To()
	if text == "" || to == "" || strings.HasPrefix(text, "/") {
		return text
	}
	return `/msg "` + to + `" ` + text
}

// keepTypedLocked keeps what was typed in u's session, which ends, behind what was
// kept before: u's terminal may have taken the place of another one, which ends after it
// has begun, or in another house.
func (h *House) keepTypedLocked(u *User) {
	if u.unsent != nil && u.keepsTyped() {
		u.typed = appendTyped(u.typed, u.addressedRow(CleanLines(u.unsent())))
	}
	if len(u.typed) == 0 || u.isRevokedLocked() {
		return
	}
	var lines []string
	if t := h.typed[u.Key]; t != nil {
		lines = slices.Clone(t.Lines)
	} else if !hasPlaceLocked(u, tableTyped, h.typed, mostTypers, shareOfTyped()) {
		return
	}
	for _, line := range u.typed {
		lines = appendTyped(lines, line)
	}
	u.typed = nil
	putLocked(h, tableTyped, h.typed, u.Key, &typed{Lines: lines, Used: time.Now()})
}

// appendTyped appends a line, which is clean, unless it is too long by itself, or the newest again. The
// oldest give way to it.
func appendTyped(lines []string, line string) []string {
	if line == "" || len(line) > mostTypedBytes || len(lines) > 0 && lines[len(lines)-1] == line {
		return lines
	}
	lines = append(lines, line)
	bytes := 0
	for _, line := range lines {
		bytes += len(line)
	}
	n := 0
	for len(lines)-n > mostTyped || bytes > mostTypedBytes {
		bytes -= len(lines[n])
		n++
	}
	return slices.Delete(lines, 0, n)
}

// forgetTyped forgets what a person has typed so far.
func (h *House) forgetTyped(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forgetTypedLocked(person)
}

func (h *House) forgetTypedLocked(person string) {
	putLocked(h, tableTyped, h.typed, person, nil)
	if p := h.people[person]; p != nil {
		for _, s := range p.sessions {
			s.typed = nil
		}
	}
}
