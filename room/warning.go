package room

import (
	"slices"

	"teahouse/internal/ids"
	"teahouse/internal/reply"
)

// A warning is something that operators must know, including those who enter later.
type warning struct {
	reply.Sentence
	notified map[ids.Account]bool // the people who were told
}

// WarnOperators is [Hub.AlertOperators], but operators who are offline are told when they enter,
// each once, until the process ends. It replaces an earlier warning with the same code.
func (h *Hub) WarnOperators(code reply.Code, args ...any) {
	w := &warning{Sentence: reply.Say(code, args...), notified: map[ids.Account]bool{}}
	st := h.Lock()
	defer st.Unlock()
	st.warnings = append(slices.DeleteFunc(st.warnings, func(old *warning) bool { return old.Code == code }), w)
	for _, s := range st.alertOperators(w.Sentence) {
		w.notified[s.Person] = true
	}
}

// takeWarnings returns, once, the warnings for an operator who enters.
func (st *State) takeWarnings(s *Session) (lines []reply.Sentence) {
	if s.OneShot || !st.Moderation.IsOperator(s.Person) {
		return nil
	}
	for _, w := range st.warnings {
		if !w.notified[s.Person] {
			w.notified[s.Person] = true
			lines = append(lines, w.Sentence)
		}
	}
	return lines
}

// TakeNotices returns, once, what s, which enters, must be told of its person's name, and operators
// of the server.
func (st *State) TakeNotices(s *Session) (lines []reply.Sentence) {
	if s.Person == "" {
		return nil
	}
	lines = append(st.Naming.takeNotices(s.Person), st.Naming.takeAttempts(s.Person)...)
	return append(lines, st.takeWarnings(s)...)
}
