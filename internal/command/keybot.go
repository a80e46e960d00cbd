package command

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/room"
)

// markAsBot implements /key bot. If nobody owned the name, it is the bot's from then on.
func markAsBot(s *Runner) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	switch {
	case st.People.IsRevoked(s.Session):
		return nil, room.Revoked
	case st.Bots.Get(s.Person) != nil:
		return nil, reply.Refuse(reply.IsBot)
	case len(st.Keys.Of(s.Person)) > 1: // what the owner types with the other keys would be a bot's, too
		return nil, reply.Refuse(reply.BotHasKeys)
	}
	if err := checkBotQuota(st, s); err != nil {
		return nil, err
	}
	if u := s.User; st.Online.Holder(u.Identity, u) == nil { // a bot may never enter, which is when others claim their names
		st.Naming.Acquire(s.Session, u)
	}
	b := &accounts.Bot{Name: s.UserInfo().Name, Since: time.Now(), LastSeen: time.Now()}
	st.Bots.Put(s.Person, b)
	st.People.SetBotFlag(s.Person, true)
	return room.NewNotice(reply.BotNow), nil
}

// unmarkAsBot implements /key person.
func unmarkAsBot(s *Runner) (room.Reply, error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	if st.Bots.Get(s.Person) == nil {
		return nil, reply.Refuse(reply.IsNoBot)
	}
	st.Bots.Put(s.Person, nil)
	st.People.SetBotFlag(s.Person, false)
	return room.NewNotice(reply.BotNoMore), nil
}

// checkBotQuota returns why s cannot be marked as a bot, or nil. To make room, it drops bots
// that have not connected for a long time.
func checkBotQuota(st *room.State, s *Runner) error {
	if st.People.IsFullFor(s.Person, st.Bots.Len(), accounts.MaxBots) {
		st.People.SweepBots()
	}
	switch {
	case st.Bots.Len() >= accounts.MaxBots:
		return reply.Refuse(reply.TooManyBots, accounts.MaxBots)
	case st.People.IsFullFor(s.Person, st.Bots.Len(), accounts.MaxBots):
		return reply.Refuse(reply.NewcomersFull)
	case !st.People.TakeQuota(s.Session, room.BotQuota(), 1):
		return reply.Refuse(reply.TooManyBotsFromAddress)
	}
	return nil
}
