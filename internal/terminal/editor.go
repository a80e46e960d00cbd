package terminal

import "cmp"

// An editor is what keys act on: the row, what is remembered beside it, and what the screen shows
// of it. The Terminal's lock guards it.
type editor struct {
	row     row
	history history
	display display

	maxRow     int         // how many bytes the row holds: rowFactor times Config.MaxBytes
	search     *search     // nil outside of a search
	lastSearch *search     // the last search since Enter, whose memory the next one uses
	completion *completion // nil outside of a completion

	killed        clusteredText // what ^Y inserts
	lastKeyKilled bool          // the last key killed, so the next kill adds to it

	pastedLabel  func(lines int) string            // Config.Pasted
	completeFunc func(string, int) (int, []string) // Config.Complete
	callHost     func(call func())                 // calls one of these two without the lock
}

func newEditor(c Config) editor {
	e := editor{maxRow: rowFactor * defaultMaxBytes, pastedLabel: c.Pasted, completeFunc: c.Complete}
	if c.MaxBytes > 0 {
		e.maxRow = rowFactor * c.MaxBytes
	}
	e.display = display{view: newView(c.Prompt, c.Width, c.EastAsian), plain: c.Plain}
	e.display.view.searchLabel = cmp.Or(printableOnly(c.Search), "search")
	e.history.load(c.History, e.maxRow)
	return e
}

// scene returns what there is to show.
func (e *editor) scene() scene {
	if e.search != nil {
		return scene{row: &e.search.row, search: e.search}
	}
	return scene{row: &e.row, completion: e.completion, size: e.row.sizeHint(e.maxRow / rowFactor)}
}
