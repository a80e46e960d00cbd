package sshd

import (
	"cmp"
	"time"

	"golang.org/x/text/language"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/render"
	"teahouse/internal/style"
	"teahouse/room"
)

// userFormatOptions returns the format options for a user's settings and a window width. Where a
// setting is empty, the client's environment decides.
func (t *terminalSession) userFormatOptions(set accounts.Settings, width int) render.Options {
	st := t.formatOptions()
	switch set.Lang {
	case "en":
		st.Language = language.English
	case "zh":
		st.Language = language.Chinese
	case "zh-TW":
		st.Language = language.TraditionalChinese
	}
	theme, _ := style.ParseTheme(set.Theme)
	st.Syntax, st.End, st.Zone = command.SlashSyntax, "\r\n", set.Zone
	st.Style = style.Style{Theme: theme, EastAsian: i18n.IsEastAsian(t.getenv), Plain: t.dumb || set.Plain}
	if st.Style.Plain {
		st.Clock = cmp.Or(set.Clock, "off")
		return st
	}
	st.Clock = cmp.Or(set.Clock, "24")
	st.Style.Depth, st.Style.Links = style.DetectDepth(t.getenv), style.SupportsLinks(t.getenv)
	if width <= 0 {
		width = 80
	}
	st.Style.Width = style.WrapWidth(width)
	return st
}

// updateFormat chooses the format for the user's settings and the current window. Only the
// writer calls it, or the reader before the writer starts.
func (t *terminalSession) updateFormat() {
	set, width := t.runner.Settings(), int(t.width.Load())
	if set == t.settings && width == t.formattedWidth && t.format.Load() != nil {
		return
	}
	st := t.userFormatOptions(set, width)
	t.settings, t.formattedWidth, t.plain = set, width, st.Style.Plain
	t.format.Store(t.acquireFormat(st))
	if t.term != nil { // once the user has entered
		t.term.SetPlain(t.plain)
	}
}

// refresh updates what is not part of the conversation, if it has changed: settings, window
// size, prompt.
func (t *terminalSession) refresh() {
	if !t.entered.TakeRefresh() && t.self != nil {
		return
	}
	t.self = t.runner.UserInfo()
	t.updateFormat()
	t.updatePrompt()
}

// A dayTracker detects the start of a new day for one user.
type dayTracker struct{ dayEnds time.Time }

// isNewDay reports whether an event happened on another day than the one before it.
func (d *dayTracker) isNewDay(e *room.Event, in *time.Location) bool {
	if e.Time.Before(d.dayEnds) || e.Seq == 0 {
		return false
	}
	first := d.dayEnds.IsZero()
	at := e.Time.In(in)
	d.dayEnds = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, in)
	return !first
}

// appendItems appends items as the user reads them, with a line at the start of each day. It
// adds a bell when somebody mentions the user, if the user wants one.
func (t *terminalSession) appendItems(lines []byte, items []room.Item) []byte {
	t.refresh()
	v, self := t.format.Load(), t.self
	t.entered.Meter.ChargeRendering(v.UnsharedBytes(items, self))
	from := 0
	for i, item := range items {
		e, ok := item.(*room.Event)
		switch {
		case !ok:
			t.noteReply(item)
		case e.Kind == room.Renamed && e.User.SessionID == self.SessionID:
			t.self = e.User
		case t.days.isNewDay(e, v.Location):
			lines = v.AppendItems(lines, items[from:i], self)
			lines = v.AppendLine(lines, v.Style.Rule(e.Time.In(v.Location).Format(time.DateOnly)))
			from = i
		}
	}
	lines = v.AppendItems(lines, items[from:], self)
	if t.settings.Bell || t.settings.Notify {
		lines = t.appendAlert(lines, items, self)
	}
	return lines
}

// noteReply picks up the user's current name from a reply that contains it.
func (t *terminalSession) noteReply(item room.Item) {
	if kept, ok := item.(*command.NameKept); ok {
		t.self = kept.User
	}
}
