package private

import (
	"context"
	"errors"

	"teahouse/internal/ratelimit"
	"teahouse/room"
)

// RequeueUnseen stores the private messages that s may not have seen until its person comes back,
// because s was cut off and nobody knows what still reached the client. It may wait for the message
// store. The goroutine that noticed s's departure calls it.
//
// If a terminal at another node took s's place, it gets the messages instead.
func RequeueUnseen(s *room.Session) error {
	ctx := context.WithoutCancel(s.Context()) // s has left
	if to := s.Successor(); to != nil {
		return handOver(ctx, s, to)
	}
	if reason := s.Reason(); s.Hub().Config().Messages == nil || reason != room.HungUp && reason != room.Slow {
		return nil
	}
	for _, e := range room.TakeUnseenMessages(s) {
		if err := requeue(ctx, s, e); err != nil {
			return err
		}
	}
	return nil
}

// handOver hands the private messages that s may not have seen to its successor. What the successor
// cannot take is stored, as for somebody who is offline.
func handOver(ctx context.Context, s, to *room.Session) error {
	var err error
	for _, e := range room.TakeUnseenMessages(s) {
		if !errors.Is(err, room.ErrUnreachable) {
			err = room.DeliverAtPeer(ctx, to, e)
		}
		switch {
		case err == nil:
		case s.Hub().Config().Messages == nil:
			return err
		default:
			if err := requeue(ctx, s, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// requeue makes a message that was handed to s, but may not have been seen, an offline message. Its
// sender believes it was read, so it has space besides that of others, and counts as s's own:
// otherwise disconnecting again and again would use up the sender's quota.
func requeue(ctx context.Context, s *room.Session, e *room.Event) error {
	st := s.Hub().Lock()
	limits := room.OfflineLimits{PerSender: maxRequeued, PerRecipient: maxPerRecipient + maxRequeued, SpaceShare: 1}
	if st.People.IsNewcomer(s.Person) {
		limits.SpaceShare = 0.5
	}
	ok := st.People.TakeQuota(s, ratelimit.OfflineQuota(), spaceOf(e))
	st.Unlock()
	if !ok {
		return room.ErrNoSpace
	}
	return s.Hub().Config().Messages.SaveOffline(ctx, e, limits)
}
