package room

import "teahouse/internal/moderation"

// Settings returns what operators have set for the whole server.
func (h *Hub) Settings() moderation.Settings {
	st := h.Lock()
	defer st.Unlock()
	return st.Moderation.Settings()
}

// AuditName returns how the audit log refers to a room. The lobby is not mentioned.
func (r *Room) AuditName() string {
	if r.ID == Lobby {
		return ""
	}
	return "#" + r.Name
}

// Topic returns the topic of a room, or "" if it has none.
func (rs *Rooms) Topic(r *Room) string {
	if r == rs.Lobby() {
		return rs.st.Moderation.Settings().Topic
	}
	return r.topic
}

// SetTopic sets and stores the topic of a room; "" removes it. The caller has checked and cleaned
// it.
func (rs *Rooms) SetTopic(r *Room, text string) {
	if r != rs.Lobby() {
		r.topic = text
		rs.save(r)
		return
	}
	rs.st.Moderation.ChangeSettings(func(s *moderation.Settings) { s.Topic = text })
}
