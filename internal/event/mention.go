package event

import (
	"teahouse/internal/names"
	"teahouse/internal/text"
)

// Mentions reports whether a message contains a person's name, in any case and width: as a separate
// word or, if the name's script does not put spaces between words, anywhere. One's own messages
// never mention oneself. Every reader asks this about every line, so only the first call does the
// expensive folding.
func (e *Event) Mentions(who *UserInfo) bool {
	if e.Kind != Said || e.User.SessionID == who.SessionID {
		return false
	}
	wanted := who.folded
	if wanted == nil {
		wanted = names.Fold(who.Name)
	}
	// Comparing persons costs more, and is hardly ever necessary.
	return e.FoldedText().Mentions(&wanted.Folded) && (who.Person == "" || who.Person != e.User.Person)
}

// FoldedText returns the event's text folded. Messages from before the process began are folded on
// first use.
func (e *Event) FoldedText() *text.Folded {
	if f := e.folded.Load(); f != nil {
		return f
	}
	f := text.Fold(e.Text)
	e.folded.Store(f)
	return f
}
