package room

import (
	"errors"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxOfflinePerRecipient is how many private messages may wait for one person.
	// maxOfflinePerSender is how many of them may come from one sender, and maxOfflinePerNewcomer
	// how many from one newcomer, or from all senders without a key together. Newcomers fill at
	// most half of the space for one recipient, and half of the space for all.
	maxOfflinePerRecipient = 100
	maxOfflinePerSender    = 10
	maxOfflinePerNewcomer  = 3

	// maxRequeued is how many more may wait of messages that were handed to a session but maybe not
	// shown: a full mailbox, and as many that its writer had taken.
	maxRequeued = 2 * mailboxSize

	// offlineOverhead is the space that a message takes in the store besides its text.
	offlineOverhead = 512
)

// sendOffline stores a private message for somebody who is offline.
func (s *Session) sendOffline(name, text string) (Reply, error) {
	var person Account
	known := false
	if key := names.Key(name); key != "" && s.hub.Messages != nil {
		person, known = s.hub.Messages.AccountByName(key)
	}
	if !known {
		return nil, s.hub.offlineRefusal(name)
	}
	person.Name = names.Repaired(person.Name)
	return s.sendOfflineTo(person, text)
}

// sendOfflineTo is sendOffline for an account.
func (s *Session) sendOfflineTo(person Account, text string) (Reply, error) {
	switch {
	case s.hub.isFollowOnlyBot(person.ID):
		return nil, reply.Refuse(reply.BotReadsNoMessages, person.Name)
	case s.hub.isIgnoring(person.ID, s.User()):
		return nil, reply.Refuse(reply.Ignored, person.Name)
	}
	e, err := s.newDirectMessage(&UserInfo{Name: person.Name, Person: person.ID}, text)
	if err != nil {
		return nil, err
	}
	limits, err := s.offlineLimits(e)
	if err != nil {
		return nil, err
	}
	switch err := s.hub.Messages.SaveOffline(e, limits); {
	case errors.Is(err, ErrSenderFull) && s.Person == "":
		return nil, reply.Refuse(reply.TooManyGuestMessages, person.Name, limits.PerSender)
	case errors.Is(err, ErrSenderFull):
		return nil, reply.Refuse(reply.TooManyFromYou, person.Name, limits.PerSender)
	case errors.Is(err, ErrRecipientFull):
		return nil, reply.Refuse(reply.RecipientBoxFull, person.Name)
	case errors.Is(err, ErrNoSpace):
		return nil, reply.Refuse(reply.NoSpaceForMessages, person.Name)
	case errors.Is(err, ErrUnconfirmed):
		return nil, reply.Refuse(reply.MessageMaybeSaved, person.Name)
	case err != nil:
		return nil, reply.Refuse(reply.CannotSaveMessage, person.Name)
	}
	return &MessageSent{Message: e, Note: reply.Say(reply.MessageSaved, person.Name)}, nil
}

// offlineLimits returns the limits for an offline message from s, and counts the message against
// the quota of s's network.
func (s *Session) offlineLimits(e *Event) (limits OfflineLimits, err error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	limits = OfflineLimits{PerSender: maxOfflinePerSender, PerRecipient: maxOfflinePerRecipient, SpaceShare: 1}
	if h.isNewcomerLocked(s.Person) {
		limits = OfflineLimits{PerSender: maxOfflinePerNewcomer, PerRecipient: maxOfflinePerRecipient / 2, SpaceShare: 0.5}
	}
	if !h.takeQuotaLocked(s, offlineQuota(), offlineSize(e)) {
		return limits, reply.Refuse(reply.TooManyFromAddress, e.To.Name)
	}
	return limits, nil
}

// offlineSize returns how much a waiting message counts against a quota.
func offlineSize(e *Event) int { return len(e.Text) + offlineOverhead }

// requeueOffline stores a message that was handed to s but may not have been seen. Its sender
// believes it was read, so it has space besides that of other offline messages, and counts as s's
// own: otherwise disconnecting again and again would use up the sender's quota.
func (s *Session) requeueOffline(e *Event) error {
	h := s.hub
	h.mu.Lock()
	limits := OfflineLimits{PerSender: maxRequeued, PerRecipient: maxOfflinePerRecipient + maxRequeued, SpaceShare: 1}
	if h.isNewcomerLocked(s.Person) {
		limits.SpaceShare = 0.5
	}
	ok := h.takeQuotaLocked(s, offlineQuota(), offlineSize(e))
	h.mu.Unlock()
	if !ok {
		return ErrNoSpace
	}
	return h.Messages.SaveOffline(e, limits)
}

// offlineRefusal returns why no message can wait for a name that the message store does not know.
// It may belong to a bot that never said anything.
func (h *Hub) offlineRefusal(name string) error {
	h.mu.Lock()
	person, spelled := h.lookUpPersonLocked(name)
	h.mu.Unlock()
	if h.isFollowOnlyBot(person) {
		return reply.Refuse(reply.BotReadsNoMessages, spelled)
	}
	return reply.Refuse(reply.NoSuchUser, text.Clean(name))
}
