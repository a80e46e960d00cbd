package room

import (
	"slices"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
	"teahouse/internal/text"
)

// InputHistory returns the lines that s's person typed at terminals before, as far as they are
// kept, oldest first. The input line lets the user go back to them.
func InputHistory(s *Session) []string {
	st := s.hub.Lock()
	defer st.Unlock()
	if t := st.InputHistories.Get(s.Person); t != nil {
		return slices.Clone(t.Lines)
	}
	return nil
}

// RecordInput notes a line typed at a terminal, exactly as typed and including private messages.
// The lines are stored when the session ends, but not for people without a key, nor if the hub
// stores nothing that is said.
func RecordInput(s *Session, line string) {
	if !keepsInputHistory(s) {
		return
	}
	line = text.CleanLines(line)
	st := s.hub.Lock()
	defer st.Unlock()
	if !s.inbox.IsClosed() { // otherwise the input has been stored already
		s.input = accounts.AppendInput(s.input, line)
	}
}

func keepsInputHistory(s *Session) bool {
	return s.Client.Terminal && s.Person != "" && s.hub.config.Messages != nil
}

// SetUnsent sets the function that returns the text in the terminal's input line that was not
// entered yet, or "". That text is stored with the input history when the session ends, for example
// because another terminal takes over or the network breaks. The function is called with Hub.mu
// held, on any goroutine.
func (s *Session) SetUnsent(unsent func() string) {
	st := s.hub.Lock()
	defer st.Unlock()
	s.unsent = unsent
}

// saveInputHistory appends what was typed in s, which is ending, to what was stored before.
// The terminal that takes the place of s's may have begun before s ends, or be at another node.
func (p *People) saveInputHistory(s *Session) {
	if s.unsent != nil && keepsInputHistory(s) {
		s.input = accounts.AppendInput(s.input, text.CleanLines(s.unsent()))
	}
	if len(s.input) == 0 || p.IsRevoked(s) {
		return
	}
	var lines []string
	if t := p.st.InputHistories.Get(s.Person); t != nil {
		lines = slices.Clone(t.Lines)
	} else if !hasCapacity(p, s, &p.st.InputHistories, accounts.MaxInputHistories, ratelimit.InputHistoryQuota()) {
		return
	}
	for _, line := range s.input {
		lines = accounts.AppendInput(lines, line)
	}
	s.input = nil
	p.st.InputHistories.Put(s.Person, &accounts.InputHistory{Lines: lines, UsedAt: time.Now()})
}

// EraseInputHistory forgets what a person has typed so far.
func (h *Hub) EraseInputHistory(person ids.Account) {
	st := h.Lock()
	defer st.Unlock()
	st.People.EraseInputHistory(person)
}

// EraseInputHistory is [Hub.EraseInputHistory] for callers that hold the lock.
func (p *People) EraseInputHistory(person ids.Account) {
	p.st.InputHistories.Put(person, nil)
	if u := p.st.Online.ByPerson[person]; u != nil {
		for _, other := range u.Sessions {
			other.input = nil
		}
	}
}
