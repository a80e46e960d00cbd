package room

import (
	"errors"
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A Welcome holds what happened before somebody entered, as far as it concerns them.
type Welcome struct {
	Messages        []*Event         // the latest of what was said, oldest first
	Unread          int              // how many of Messages, at the end, were said since LastSeen
	EarlierUnread   int              // how many more were said since LastSeen, before Messages
	LastSeen        time.Time        // when the person was last online; zero if unknown
	PrivateMessages []*Event         // private messages that waited, oldest first
	Notices         []reply.Sentence // what else to know, such as the message of the day and the topic

	lastStored map[string]*Event // the last stored one of PrivateMessages, by the key that it waited for
}

// Welcome returns what happened before s entered, with up to the given number of lines. A person
// who was here before with the same key gets what was said since, and a few lines before that. A
// terminal that takes over gets what was said since the other one was last heard from. Bots get no
// lines. Private messages keep waiting until [Session.MarkDelivered]. Only the goroutine that
// called Enter may call Welcome, once.
func (s *Session) Welcome(lines int) (a Welcome, err error) {
	said := s.PastLines()
	said = said[:s.linesBeforeJoin(said)]
	a.LastSeen = s.readUpTo
	if archive := s.hub.Messages; archive != nil && s.Person != "" {
		if p, ok := archive.Account(s.Person); ok && a.LastSeen.IsZero() {
			a.LastSeen = p.LastSeen
		}
		err = s.collectOffline(&a)
	}
	if s.UserInfo().Bot { // bots get no messages that they did not ask for
		lines, a.LastSeen = 0, time.Time{}
	}
	a.PrivateMessages = append(s.filterIgnored(a.PrivateMessages), s.unseen...)
	s.unseen = nil
	if n := len(a.PrivateMessages); n > 0 {
		s.User.LastSender.CompareAndSwap(nil, a.PrivateMessages[n-1].User)
	}
	missed := 0
	if !a.LastSeen.IsZero() {
		missed = len(said) - FirstSince(said, a.LastSeen.Add(1))
	}
	a.Messages = said[len(said)-PageLength(said, lines, true):]
	a.Unread = min(missed, len(a.Messages))
	a.EarlierUnread = missed - a.Unread
	a.Notices = s.hub.notices(s)
	return a, err
}

// collectOffline adds to a what waits for s, under any of its keys.
func (s *Session) collectOffline(a *Welcome) error {
	a.lastStored = map[string]*Event{}
	for _, id := range s.hub.PersonIDs(s.Person) {
		letters, err := s.hub.Messages.OfflineMessages(id)
		if err != nil {
			return err
		}
		if n := len(letters); n > 0 {
			a.lastStored[id] = letters[n-1]
		}
		a.PrivateMessages = append(a.PrivateMessages, letters...)
	}
	for _, e := range a.PrivateMessages {
		e.User = s.hub.refreshSender(e.User)
	}
	slices.SortStableFunc(a.PrivateMessages, func(x, y *Event) int { return x.Time.Compare(y.Time) })
	return nil
}

// refreshSender returns the sender of a private message with what is not stored with it: whether
// they own the name, and whether they are a bot.
func (h *Hub) refreshSender(who *UserInfo) *UserInfo {
	who = who.Repaired()
	id, err := names.Check(who.Name)
	if err != nil || who.Person == "" {
		return who
	}
	st := h.Lock()
	defer st.Unlock()
	known, person := *who, st.Keys.PersonOf(who.Person)
	known.Verified, known.Bot = st.Names.Owns(person, id), st.Bots.Get(person) != nil
	return &known
}

// RequeueUnseen stores the private messages that s may not have seen until its person comes back,
// because s was cut off and nobody knows what still reached the client. It may wait for the message
// store. The goroutine that noticed s's departure calls it.
//
// If a terminal at another node took s's place, it gets the messages instead.
func (s *Session) RequeueUnseen() error {
	if s.successor != nil {
		return s.handOverUnseen()
	}
	if reason := s.Reason(); s.hub.Messages == nil || reason != HungUp && reason != Slow {
		return nil
	}
	for _, e := range s.unseenMessages() {
		if err := s.requeueOffline(e); err != nil {
			return err
		}
	}
	return nil
}

// handOverUnseen hands the private messages that s may not have seen to its successor. What the
// successor cannot take is stored, as for somebody who is offline.
func (s *Session) handOverUnseen() error {
	var err error
	for _, e := range s.unseenMessages() {
		if !errors.Is(err, ErrUnreachable) {
			err = s.successor.DeliverAtPeer(e)
		}
		switch {
		case err == nil:
		case s.hub.Messages == nil:
			return err
		default:
			if err := s.requeueOffline(e); err != nil {
				return err
			}
		}
	}
	return nil
}

// unseenMessages returns, once, the private messages that s may not have seen because its client
// was not heard from since.
func (s *Session) unseenMessages() []*Event { return s.TakeUnseen(s.lastAlive()) }

// linesBeforeJoin returns how many of the lines were said before s entered. s reads the others as
// events.
func (s *Session) linesBeforeJoin(said []*Event) int {
	n := len(said)
	for n > 0 && said[n-1].Seq > s.joinSeq {
		n--
	}
	return n
}

// MarkDelivered says that s has read the private messages of its Welcome, so they need not wait any
// more. It may wait for the message store.
func (s *Session) MarkDelivered(a Welcome) error {
	for id, last := range a.lastStored {
		if err := s.hub.Messages.MarkDelivered(id, last); err != nil {
			return err
		}
	}
	return nil
}
