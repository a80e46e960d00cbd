package room

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
)

// markAsBot implements /key bot. If nobody owned the name, it is the bot's from then on.
func (s *Session) markAsBot() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case s.isRevokedLocked():
		return nil, Revoked
	case h.bots.Get(s.Person) != nil:
		return nil, reply.Refuse(reply.IsBot)
	case len(h.keys.Of(s.Person)) > 1: // what the owner types with the other keys would be a bot's, too
		return nil, reply.Refuse(reply.BotHasKeys)
	}
	if err := s.checkBotQuotaLocked(); err != nil {
		return nil, err
	}
	if u := s.user; h.online.holder(u.identity, u) == nil { // a bot may never enter, which is when others claim their names
		h.acquireNameLocked(s, u)
	}
	b := &accounts.Bot{Name: s.User().Name, Since: time.Now(), LastSeen: time.Now()}
	h.bots.Put(s.Person, b)
	h.setBotFlagLocked(s.Person, true)
	return NewNotice(reply.BotNow), nil
}

// unmarkAsBot implements /key person.
func (s *Session) unmarkAsBot() (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bots.Get(s.Person) == nil {
		return nil, reply.Refuse(reply.IsNoBot)
	}
	h.bots.Put(s.Person, nil)
	h.setBotFlagLocked(s.Person, false)
	return NewNotice(reply.BotNoMore), nil
}

// checkBotQuotaLocked returns why s cannot be marked as a bot, or nil. To make room, it drops bots
// that have not connected for a long time.
func (s *Session) checkBotQuotaLocked() error {
	h := s.hub
	if h.isFullForLocked(s.Person, h.bots.Len(), accounts.MaxBots) {
		h.sweepBotsLocked()
	}
	switch {
	case h.bots.Len() >= accounts.MaxBots:
		return reply.Refuse(reply.TooManyBots, accounts.MaxBots)
	case h.isFullForLocked(s.Person, h.bots.Len(), accounts.MaxBots):
		return reply.Refuse(reply.NewcomersFull)
	case !h.takeQuotaLocked(s, botQuota(), 1):
		return reply.Refuse(reply.TooManyBotsFromAddress)
	}
	return nil
}

func (h *Hub) sweepBotsLocked() {
	if !h.maySweepLocked(h.bots.Name) {
		return
	}
	for person, b := range h.bots.All() {
		if h.isUnused(b.Since, laterTime(b.Since, b.LastSeen)) && h.isUnused(b.Since, h.lastSeenLocked(person)) {
			h.bots.Put(person, nil)
		}
	}
}

// touchBotLocked notes, once a day, that a bot is connected. Most bots never enter and own no name
// that would show it.
func (h *Hub) touchBotLocked(person string) {
	if b := h.bots.Get(person); b != nil && time.Since(b.LastSeen) > lastUsedInterval {
		seen := *b
		seen.LastSeen = time.Now()
		h.bots.Put(person, &seen)
	}
}

// setBotFlagLocked marks all of a person's sessions, including one-shot sessions, as a bot's or a
// human's.
func (h *Hub) setBotFlagLocked(person string, bot bool) {
	for other := range h.sessions {
		if other.Person == person {
			who := *other.User()
			who.Bot = bot
			h.setUserInfoLocked(other.user, &who)
		}
	}
}

// isFollowOnlyBot reports whether a person is a bot that only follows rooms. It has no session that
// could read private messages, so they would wait forever.
func (h *Hub) isFollowOnlyBot(person string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bots.Get(person) == nil || h.online.byPerson[person] != nil {
		return false
	}
	for s := range h.followSessions {
		if s.Person == person {
			return true
		}
	}
	return false
}
