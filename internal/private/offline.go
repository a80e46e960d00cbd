package private

import (
	"context"
	"errors"
	"time"

	"teahouse/internal/inbox"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/room"
)

// OfflineAge is how long a message waits for its recipient; then it is dropped unread.
const OfflineAge = 30 * 24 * time.Hour

const (
	// maxPerRecipient is how many offline messages may wait for one person. maxPerSender is how
	// many of them may come from one sender, and maxPerNewcomer how many from one newcomer, or from
	// all senders without a key together. Newcomers fill at most half of the space for one
	// recipient, and half of the space for all.
	maxPerRecipient = 100
	maxPerSender    = 10
	maxPerNewcomer  = 3

	// maxRequeued is how many more may wait of messages that were handed to a session but maybe not
	// shown: a full mailbox, and as many that its writer had taken.
	maxRequeued = 2 * inbox.Size

	// Overhead is the space that an offline message takes in the store besides its text.
	Overhead = 512
)

// SendOffline stores a message for somebody who is offline, and says so. Errors are as for [Send].
func (m *Message) SendOffline(person room.Account) (room.Reply, error) {
	s := m.from
	switch {
	case s.Hub().IsFollowOnlyBot(person.ID):
		return nil, reply.Refuse(reply.BotReadsNoMessages, person.Name)
	case s.Hub().IsIgnoring(person.ID, s.UserInfo()):
		return nil, reply.Refuse(reply.Ignored, person.Name)
	}
	e, err := m.addressTo(&room.UserInfo{Name: person.Name, Person: person.ID})
	if err != nil {
		return nil, err
	}
	limits, err := takeLimits(s, e)
	if err != nil {
		return nil, err
	}
	ctx := context.WithoutCancel(s.Context()) // whoever hangs up after sending a message has sent it
	switch err := s.Hub().Config().Messages.SaveOffline(ctx, e, limits); {
	case errors.Is(err, room.ErrSenderFull) && s.Person == "":
		return nil, reply.Refuse(reply.TooManyGuestMessages, person.Name, limits.PerSender)
	case errors.Is(err, room.ErrSenderFull):
		return nil, reply.Refuse(reply.TooManyFromYou, person.Name, limits.PerSender)
	case errors.Is(err, room.ErrRecipientFull):
		return nil, reply.Refuse(reply.RecipientBoxFull, person.Name)
	case errors.Is(err, room.ErrNoSpace):
		return nil, reply.Refuse(reply.NoSpaceForMessages, person.Name)
	case errors.Is(err, room.ErrUnconfirmed):
		return nil, reply.Refuse(reply.MessageMaybeSaved, person.Name)
	case err != nil:
		return nil, reply.Refuse(reply.CannotSaveMessage, person.Name)
	}
	return &room.MessageSent{Message: e, Note: reply.Say(reply.MessageSaved, person.Name)}, nil
}

// takeLimits returns the limits for an offline message from s, and counts the message against the
// quota of s's network.
func takeLimits(s *room.Session, e *room.Event) (limits room.OfflineLimits, err error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	limits = room.OfflineLimits{PerSender: maxPerSender, PerRecipient: maxPerRecipient, SpaceShare: 1}
	if st.People.IsNewcomer(s.Person) {
		limits = room.OfflineLimits{PerSender: maxPerNewcomer, PerRecipient: maxPerRecipient / 2, SpaceShare: 0.5}
	}
	if !st.People.TakeQuota(s, ratelimit.OfflineQuota(), spaceOf(e)) {
		return limits, reply.Refuse(reply.TooManyFromAddress, e.To.Name)
	}
	return limits, nil
}

// spaceOf returns how much an offline message counts against a quota.
func spaceOf(e *room.Event) int { return len(e.Text) + Overhead }
