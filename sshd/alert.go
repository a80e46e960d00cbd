package sshd

import (
	"teahouse/internal/style"
	"teahouse/room"
)

// appendAlert appends what calls the user, where one of the items is for it: a bell, or a sign
// outside of the window. Where nobody knows a sign of the terminal that is a bell, too.
func (t *terminalSession) appendAlert(lines []byte, items []room.Item, self *room.UserInfo) []byte {
	for _, item := range items {
		words := t.alertText(item, self)
		if words == "" {
			continue
		}
		sign := ""
		if t.settings.Notify && !t.plain {
			sign = style.DetectNotification(t.getenv).Sequence("teahouse", words)
		}
		if t.settings.Bell || sign == "" {
			lines = append(lines, '\a')
		}
		return append(lines, sign...) // once is enough
	}
	return lines
}

// alertText returns what to tell somebody whom an item is for, or "".
func (t *terminalSession) alertText(item room.Item, self *room.UserInfo) string {
	e, ok := item.(*room.Event)
	switch v := t.format.Load(); {
	case !ok:
	case e.Kind == room.DirectMessage && e.To.SessionID == self.SessionID && e.User.SessionID != self.SessionID:
		return v.Translate(directMessageAlert, e.User.Name, e.Plain())
	case e.Mentions(self):
		return v.Translate(mentionAlert, e.User.Name, t.roomSession.RoomName(), e.Plain())
	}
	return ""
}
