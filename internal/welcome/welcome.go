package welcome

import (
	"context"
	"time"

	"teahouse/internal/eventlog"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A Welcome holds what happened before somebody entered, as far as it concerns them.
type Welcome struct {
	Messages        []*room.Event    // the latest of what was said, oldest first
	Unread          int              // how many of Messages, at the end, were said since LastSeen
	EarlierUnread   int              // how many more were said since LastSeen, before Messages
	LastSeen        time.Time        // when the person was last online; zero if unknown
	PrivateMessages []*room.Event    // private messages that waited, oldest first
	Notices         []reply.Sentence // what else to know, such as the message of the day and the topic

	waiting private.Waiting // those of PrivateMessages that are stored
}

// For returns what happened before s entered, with up to the given number of lines. A person who
// was here before with the same key gets what was said since, and a few lines before that. A
// terminal that takes over gets what was said since the other one was last heard from. Bots get no
// lines. Private messages keep waiting until [Welcome.MarkDelivered]. Only the goroutine that called
// [room.Hub.Enter] may call For, once. It may wait for the message store.
func For(s *room.Session, lines int) (w Welcome, err error) {
	said := room.LinesBeforeJoin(s)
	w.LastSeen = s.ReadUpTo()
	if store := s.Hub().Config().Messages; store != nil && s.Person != "" {
		if p, ok := store.Account(s.Person); ok && w.LastSeen.IsZero() {
			w.LastSeen = p.LastSeen
		}
		w.waiting, err = private.ReadWaiting(s)
	}
	if s.UserInfo().Bot { // bots get no messages that they did not ask for
		lines, w.LastSeen = 0, time.Time{}
	}
	w.PrivateMessages = append(w.waiting.Messages, room.TakeInherited(s)...)
	if n := len(w.PrivateMessages); n > 0 {
		s.User.LastSender.CompareAndSwap(nil, w.PrivateMessages[n-1].User)
	}
	missed := 0
	if !w.LastSeen.IsZero() {
		missed = len(said) - eventlog.FirstSince(said, w.LastSeen.Add(1))
	}
	w.Messages = said[len(said)-eventlog.PageLength(said, lines, true):]
	w.Unread = min(missed, len(w.Messages))
	w.EarlierUnread = missed - w.Unread
	w.Notices = notices(s)
	return w, err
}

// notices returns what s is told on entering.
func notices(s *room.Session) (lines []reply.Sentence) {
	st := s.Hub().Lock()
	defer st.Unlock()
	if motd := st.Moderation.Settings().Motd; motd != "" {
		lines = append(lines, reply.Say(reply.MotdLine, motd))
	}
	if topic := st.Rooms.Topic(s.Room()); topic != "" {
		lines = append(lines, reply.Say(reply.TopicLine, topic))
	}
	return append(lines, st.TakeNotices(s)...)
}

// MarkDelivered says that the reader has w's private messages, so they need not wait any more. It
// may wait for the message store.
func (w Welcome) MarkDelivered(ctx context.Context) error { return w.waiting.MarkDelivered(ctx) }
