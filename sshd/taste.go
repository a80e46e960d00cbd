package sshd

import (
	"cmp"
	"time"

	"golang.org/x/text/language"

	"teahouse/i18n"
	"teahouse/look"
	"teahouse/room"
)

// taste is the style of somebody who has set so much, in a window so wide. Where
// nothing is set, the client's environment decides.
func (c *chat) taste(set room.Settings, width int) style {
	st := c.style()
	switch set.Lang {
	case "en":
		st.language = language.English
	case "zh":
		st.language = language.Chinese
	case "zh-TW":
		st.language = language.TraditionalChinese
	}
	theme, _ := look.ThemeNamed(set.Theme)
	st.form, st.end, st.zone = room.Slashed, "\r\n", set.Zone
	st.look = look.Look{Theme: theme, EastAsian: i18n.EastAsian(c.getenv), Plain: c.dumb || set.Plain}
	if st.look.Plain {
		st.clock = cmp.Or(set.Clock, "off")
		return st
	}
	st.clock = cmp.Or(set.Clock, "24")
	st.look.Depth, st.look.Links = look.DepthOf(c.getenv), look.LinksOf(c.getenv)
	if width <= 0 {
		width = 80
	}
	st.look.Width = look.Fitting(width)
	return st
}

// restyle has the chat look as its user has set it, in the window as it is now. Only
// the writer calls it, or who is before it.
func (c *chat) restyle(u *room.User) {
	set, width := u.Settings(), int(c.width.Load())
	if set == c.set && width == c.styled && c.voice.Load() != nil {
		return
	}
	st := c.taste(set, width)
	c.set, c.styled, c.plain = set, width, st.look.Plain
	c.voice.Store(c.session.voice(st))
	if c.term != nil { // once it has come in
		c.term.SetPlain(c.plain)
	}
}

// refresh looks at what is not talk, where that has changed: what the user has set,
// its window, where the next line goes.
func (c *chat) refresh(u *room.User) {
	if !u.Renewed() && c.self != nil {
		return
	}
	c.self = u.Who()
	c.restyle(u)
	c.point(u)
}

// A calendar tells when a new day begins for somebody.
type calendar struct{ ends time.Time }

// turn reports whether an event is of another day than the one before it.
func (c *calendar) turn(e *room.Event, in *time.Location) bool {
	if e.Time.Before(c.ends) || e.Seq == 0 {
		return false
	}
	first := c.ends.IsZero()
	at := e.Time.In(in)
	c.ends = time.Date(at.Year(), at.Month(), at.Day()+1, 0, 0, 0, 0, in)
	return !first
}

// show appends events as the user reads them, with a line where a day begins, and
// rings where somebody means the user, if that is wished for.
func (c *chat) show(u *room.User, lines []byte, events []*room.Event) []byte {
	c.refresh(u)
	v, self := c.voice.Load(), c.self
	u.ShowAlone(v.alone(events, self))
	for from, i := 0, 0; i <= len(events); i++ {
		switch {
		case i == len(events):
			lines = v.showAll(lines, events[from:], self)
		case events[i].Kind == room.Renamed && events[i].Who.ID == self.ID:
			c.self = events[i].Who
		case c.days.turn(events[i], v.location):
			lines = v.showAll(lines, events[from:i], self)
			lines = v.line(lines, v.look.Rule(events[i].Time.In(v.location).Format(time.DateOnly)))
			from = i
		}
	}
	if c.set.Bell || c.set.Notify {
		lines = c.ring(lines, events, self)
	}
	return lines
}
