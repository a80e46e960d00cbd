package room

import "slices"

// A warning is something that operators have to know, also those who come later.
type warning struct {
	Sentence
	told map[string]bool // people who were told
}

// Warn is [House.Alert], and those operators who are not here now are told when they come, each
// once, until the process ends. What was said by the same phrase before is out of date then.
func (h *House) Warn(p Phrase, args ...any) {
	w := &warning{Sentence: Sentence{p, args}, told: map[string]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.warnings = append(slices.DeleteFunc(h.warnings, func(old *warning) bool { return old.Phrase == p }), w)
	for _, u := range h.alertLocked(w.Sentence) {
		w.told[u.Key] = true
	}
}

// warningsLocked returns, once, what an operator is to be told who comes.
func (h *House) warningsLocked(u *User) (lines []Sentence) {
	if u.visiting || !h.isOperatorLocked(u.Key) {
		return nil
	}
	for _, w := range h.warnings {
		if !w.told[u.Key] {
			w.told[u.Key] = true
			lines = append(lines, w.Sentence)
		}
	}
	return lines
}
