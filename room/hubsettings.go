package room

import (
	"teahouse/internal/moderation"
)

func (h *Hub) Settings() moderation.Settings {
	st := h.Lock()
	defer st.Unlock()
	return st.Moderation.Settings()
}

// AuditName returns how the audit log refers to a room. The lobby is not mentioned.
func (r *Room) AuditName() string {
	if r.Identity.Key == Lobby {
		return ""
	}
	return "#" + r.Name
}

func (rs *Rooms) Topic(r *Room) string {
	if r == rs.Lobby() {
		return rs.st.Moderation.Settings().Topic
	}
	return r.topic
}

func (rs *Rooms) SetTopic(r *Room, text string) {
	if r != rs.Lobby() {
		r.topic = text
		rs.Save(r)
		return
	}
	rs.st.Moderation.ChangeSettings(func(s *moderation.Settings) { s.Topic = text })
}
