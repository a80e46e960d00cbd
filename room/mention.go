package room

import (
	"teahouse/internal/names"
	"teahouse/internal/text"
)

// Mentions reports whether what was said has a person's name in it, in whatever
// case and width: as a word of its own or, where the name is in a script without
// spaces between words, anywhere. One's own lines never mention one. All readers
// ask of each line, so it takes a moment the first time only.
func (e *Event) Mentions(who *UserInfo) bool {
	if e.Kind != Said || e.User.SessionID == who.SessionID || who.Person != "" && e.User.Person == who.Person {
		return false
	}
	wanted := who.folded
	if wanted == nil {
		wanted = names.Fold(who.Name)
	}
	return e.foldedText().Mentions(&wanted.Folded)
}

// foldedText returns the event's text folded. What was said before the process began is
// folded when somebody asks.
func (e *Event) foldedText() *text.Folded {
	if f := e.folded.Load(); f != nil {
		return f
	}
	f := text.Fold(e.Text)
	e.folded.Store(f)
	return f
}

// nameKey returns the [names.Key] of somebody's name.
func (ui *UserInfo) nameKey() string {
	if ui.folded != nil {
		return ui.folded.Key
	}
	return names.Key(ui.Name)
}
