package sshd

import (
	"teahouse/internal/style"
	"teahouse/room"
)

// appendAlert appends an alert if one of the items is meant for the user: a bell, or a
// notification outside the window. If the terminal has no known notification sequence, that is a
// bell, too.
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
		return append(lines, sign...) // one alert is enough
	}
	return lines
}

// alertText returns the text of the notification for an item that is meant for the user, or "".
func (t *terminalSession) alertText(item room.Item, self *room.UserInfo) string {
	e, ok := item.(*room.Event)
	switch v := t.format.Load(); {
	case !ok:
	case e.Kind == room.PrivateMessage && e.To.SessionID == self.SessionID && e.User.SessionID != self.SessionID:
		return v.Translate(privateMessageAlert, e.User.Name, e.Plain())
	case e.Mentions(self):
		return v.Translate(mentionAlert, e.User.Name, t.runner.RoomName(), e.Plain())
	}
	return ""
}
