package room

import (
	"teahouse/internal/inbox"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
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
	maxRequeued = 2 * inbox.Size

	// OfflineOverhead is the space that a message takes in the store besides its text.
	OfflineOverhead = 512
)

// OfflineLimits returns the limits for an offline message from s, and counts the message against
// the quota of s's network.
func (s *Session) OfflineLimits(e *Event) (limits OfflineLimits, err error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	limits = OfflineLimits{PerSender: maxOfflinePerSender, PerRecipient: maxOfflinePerRecipient, SpaceShare: 1}
	if st.People.IsNewcomer(s.Person) {
		limits = OfflineLimits{PerSender: maxOfflinePerNewcomer, PerRecipient: maxOfflinePerRecipient / 2, SpaceShare: 0.5}
	}
	if !st.People.TakeQuota(s, ratelimit.OfflineQuota(), offlineSize(e)) {
		return limits, reply.Refuse(reply.TooManyFromAddress, e.To.Name)
	}
	return limits, nil
}

// offlineSize returns how much a waiting message counts against a quota.
func offlineSize(e *Event) int { return len(e.Text) + OfflineOverhead }

// requeueOffline stores a message that was handed to s but may not have been seen. Its sender
// believes it was read, so it has space besides that of other offline messages, and counts as s's
// own: otherwise disconnecting again and again would use up the sender's quota.
func (s *Session) requeueOffline(e *Event) error {
	h := s.hub
	st := h.Lock()
	limits := OfflineLimits{PerSender: maxRequeued, PerRecipient: maxOfflinePerRecipient + maxRequeued, SpaceShare: 1}
	if st.People.IsNewcomer(s.Person) {
		limits.SpaceShare = 0.5
	}
	ok := st.People.TakeQuota(s, ratelimit.OfflineQuota(), offlineSize(e))
	st.Unlock()
	if !ok {
		return ErrNoSpace
	}
	return h.Messages.SaveOffline(e, limits)
}
