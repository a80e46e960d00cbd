package room

import (
	"slices"

	"teahouse/internal/reply"
)

// A warning is something that operators have to know, also those who come later.
type warning struct {
	reply.Sentence
	notified map[string]bool // people who were told
}

// WarnOperators is [Hub.AlertOperators], and those operators who are not here now are told when they come, each
// once, until the process ends. What was said by the same phrase before is out of date then.
func (h *Hub) WarnOperators(p reply.Code, args ...any) {
	w := &warning{Sentence: reply.Say(p, args...), notified: map[string]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.warnings = append(slices.DeleteFunc(h.warnings, func(old *warning) bool { return old.Code == p }), w)
	for _, s := range h.alertOperatorsLocked(w.Sentence) {
		w.notified[s.Person] = true
	}
}

// takeWarningsLocked returns, once, what an operator is to be told who comes.
func (h *Hub) takeWarningsLocked(s *Session) (lines []reply.Sentence) {
	if s.oneShot || !h.moderation.IsOperator(s.Person) {
		return nil
	}
	for _, w := range h.warnings {
		if !w.notified[s.Person] {
			w.notified[s.Person] = true
			lines = append(lines, w.Sentence)
		}
	}
	return lines
}
