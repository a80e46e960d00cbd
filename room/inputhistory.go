package room

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/text"
)

// InputHistory returns the lines that s's person typed at terminals before, as far as they
// are kept, the oldest first: for the input row to go back to.
func (s *Session) InputHistory() []string {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.inputHistories.Get(s.Person); t != nil {
		return slices.Clone(t.Lines)
	}
	return nil
}

// recordInput notes a line that s typed at a terminal, until the session ends. It is kept as
// it was typed, private messages too; so nothing is where the house keeps nothing that is
// said, nor of who has no key.
func (s *Session) recordInput(line string) {
	if !s.keepsInputHistory() {
		return
	}
	line = text.CleanLines(line)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if !s.departed.Load() { // or it has been kept
		s.input = accounts.AppendInput(s.input, line)
	}
}

func (s *Session) keepsInputHistory() bool {
	return s.client.Terminal && s.Person != "" && s.hub.Messages != nil
}

// SetUnsent tells the house how to find what stands in the input row of s's terminal and was
// not entered, or "". It is kept with what was typed when the session ends, as when
// another terminal takes over or the network breaks. The function is called with the house
// locked, by any goroutine.
func (s *Session) SetUnsent(unsent func() string) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.unsent = unsent
}

// unsentCommand returns what stood in the row so that it goes to one person alone where it
// would have gone there: the next session begins by talking to the room.
func (s *Session) unsentCommand(text string) string {
	to := s.Recipient()
	if text == "" || to == "" || strings.HasPrefix(text, "/") {
		return text
	}
	return `/msg "` + to + `" ` + text
}

// saveInputHistoryLocked keeps what was typed in s's session, which ends, behind what was
// kept before: s's terminal may have taken the place of another one, which ends after it
// has begun, or in another house.
func (h *Hub) saveInputHistoryLocked(s *Session) {
	if s.unsent != nil && s.keepsInputHistory() {
		s.input = accounts.AppendInput(s.input, s.unsentCommand(text.CleanLines(s.unsent())))
	}
	if len(s.input) == 0 || s.isRevokedLocked() {
		return
	}
	var lines []string
	if t := h.inputHistories.Get(s.Person); t != nil {
		lines = slices.Clone(t.Lines)
	} else if !hasCapacityLocked(s, &h.inputHistories, accounts.MaxInputHistories, inputHistoryQuota()) {
		return
	}
	for _, line := range s.input {
		lines = accounts.AppendInput(lines, line)
	}
	s.input = nil
	h.inputHistories.Put(s.Person, &accounts.InputHistory{Lines: lines, UsedAt: time.Now()})
}

// eraseInputHistory forgets what a person has typed so far.
func (h *Hub) eraseInputHistory(person string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.eraseInputHistoryLocked(person)
}

func (h *Hub) eraseInputHistoryLocked(person string) {
	h.inputHistories.Put(person, nil)
	if u := h.online.byPerson[person]; u != nil {
		for _, other := range u.sessions {
			other.input = nil
		}
	}
}
