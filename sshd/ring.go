package sshd

import (
	"teahouse/look"
	"teahouse/room"
)

// ring appends what calls the user, where one of the events is for it: a bell, or a sign
// outside of the window. Where nobody knows a sign of the terminal that is a bell, too.
func (c *chat) ring(lines []byte, events []*room.Event, self *room.Who) []byte {
	for _, e := range events {
		words := c.call(e, self)
		if words == "" {
			continue
		}
		sign := ""
		if c.set.Notify && !c.plain {
			sign = look.AlertOf(c.getenv).Show("teahouse", words)
		}
		if c.set.Bell || sign == "" {
			lines = append(lines, '\a')
		}
		return append(lines, sign...) // once is enough
	}
	return lines
}

// call returns what to tell somebody whom an event is for, or "".
func (c *chat) call(e *room.Event, self *room.Who) string {
	switch v := c.voice.Load(); {
	case e.Kind == room.Told && e.To.ID == self.ID && e.Who.ID != self.ID:
		return v.say(tellsYou, e.Who.Name, e.Plain())
	case e.Mentions(self):
		return v.say(meansYou, e.Who.Name, c.me.Here(), e.Plain())
	}
	return ""
}
