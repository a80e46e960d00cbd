package room

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/text"
)

// InputHistory returns the lines that s's person typed at terminals before, as far as they are
// kept, oldest first. The input line lets the user go back to them.
func (s *Session) InputHistory() []string {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.inputHistories.Get(s.Person); t != nil {
		return slices.Clone(t.Lines)
	}
	return nil
}

// recordInput notes a line typed at a terminal, exactly as typed and including private messages.
// The lines are stored when the session ends, but not for people without a key, nor if the hub
// stores nothing that is said.
func (s *Session) recordInput(line string) {
	if !s.keepsInputHistory() {
		return
	}
	line = text.CleanLines(line)
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	if !s.departed.Load() { // otherwise the input has been stored already
		s.input = accounts.AppendInput(s.input, line)
	}
}

func (s *Session) keepsInputHistory() bool {
	return s.client.Terminal && s.Person != "" && s.hub.Messages != nil
}

// SetUnsent sets the function that returns the text in the terminal's input line that was not
// entered yet, or "". That text is stored with the input history when the session ends, for example
// because another terminal takes over or the network breaks. The function is called with Hub.mu
// held, on any goroutine.
func (s *Session) SetUnsent(unsent func() string) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.unsent = unsent
}

// unsentCommand returns the unsent text as a private message command if it would have gone to one
// person alone, since the next session starts out talking to the room.
func (s *Session) unsentCommand(text string) string {
	to := s.Recipient()
	if text == "" || to == "" || strings.HasPrefix(text, "/") {
		return text
	}
	return `/msg "` + to + `" ` + text
}

// saveInputHistoryLocked appends what was typed in s, which is ending, to what was stored before.
// The terminal that takes the place of s's may have begun before s ends, or be at another node.
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
