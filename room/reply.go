package room

import "teahouse/internal/reply"

// reply does /reply: a private message to whoever sent s's person the last one,
// under whatever name that one goes by now.
func (s *Session) reply(text string) (Reply, error) {
	teller := s.user.lastSender.Load()
	if teller == nil {
		return nil, reply.Refuse(reply.NobodyToReply)
	}
	if u := s.hub.findPresent(teller); u != nil {
		if e, err := s.deliverDirect(u, text); e != nil || err != nil {
			return e, err
		}
	}
	if archive := s.hub.Messages; teller.Person != "" && archive != nil {
		if person, ok := archive.Account(teller.Person); ok {
			return s.sendOfflineTo(person, text)
		}
	}
	return nil, reply.Refuse(reply.SenderLeft, teller.Name)
}

// findPresent returns the presence of somebody as it was at some time: it may have
// another name by now. It returns nil for who has left; a guest who comes again is
// somebody else.
func (h *Hub) findPresent(who *UserInfo) *user {
	h.mu.Lock()
	defer h.mu.Unlock()
	if who.Person != "" {
		return h.usersByPerson[who.Person]
	}
	is := func(u *user) bool { now := u.info.Load(); return now.Person == "" && now.SessionID == who.SessionID }
	if u := h.usersByName[who.nameKey()]; u != nil && is(u) {
		return u // under the same name, as nearly always
	}
	for _, u := range h.usersByName {
		if is(u) {
			return u
		}
	}
	return nil
}
