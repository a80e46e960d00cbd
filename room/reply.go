package room

import "teahouse/internal/reply"

// reply implements /reply: it sends a private message to whoever sent the last one to s's person,
// under whatever name they have now.
func (s *Session) reply(text string) (Reply, error) {
	teller := s.user.lastSender.Load()
	if teller == nil {
		return nil, reply.Refuse(reply.NobodyToReply)
	}
	s.hub.mu.Lock()
	u := s.hub.online.asOf(teller)
	s.hub.mu.Unlock()
	if u != nil {
		if sent, err := s.deliverDirect(u, text); sent != nil || err != nil {
			return sent, err
		}
	}
	if archive := s.hub.Messages; teller.Person != "" && archive != nil {
		if person, ok := archive.Account(teller.Person); ok {
			return s.sendOfflineTo(person, text)
		}
	}
	return nil, reply.Refuse(reply.SenderLeft, teller.Name)
}
