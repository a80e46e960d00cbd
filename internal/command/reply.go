package command

import (
	"teahouse/internal/reply"
	"teahouse/room"
)

func runReply(s *Runner, args []string) (room.Reply, error) { return replyToLast(s, args[0]) }

// replyToLast implements /reply: it sends a private message to whoever sent the last one to s's person,
// under whatever name they have now.
func replyToLast(s *Runner, text string) (room.Reply, error) {
	teller := s.User.LastSender.Load()
	if teller == nil {
		return nil, reply.Refuse(reply.NobodyToReply)
	}
	st := s.hub.Lock()
	u := st.Online.AsOf(teller)
	st.Unlock()
	if u != nil {
		if sent, err := deliverDirect(s, u, text); sent != nil || err != nil {
			return sent, err
		}
	}
	if archive := s.hub.Messages; teller.Person != "" && archive != nil {
		if person, ok := archive.Account(teller.Person); ok {
			return sendOfflineTo(s, person, text)
		}
	}
	return nil, reply.Refuse(reply.SenderLeft, teller.Name)
}
