package room

import (
	"errors"
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// A Welcome is what was before somebody came in, as far as it concerns that
// person.
type Welcome struct {
	Messages       []*Event         // the latest of what was said, the oldest first
	Unread         int              // how many of Past, those at its end, were said since Left
	EarlierUnread  int              // how many more were said since Left, before Past
	LastSeen       time.Time        // when the person was last here; zero where nobody knows
	DirectMessages []*Event         // private messages that wait, the oldest first
	Notices        []reply.Sentence // what else there is to know: the message of the day, the topic

	lastStored map[string]*Event // the last of Letters that the archive has, by whom it waited for
}

// Welcome returns what was before s came in, at most so many lines of talk. Who
// has been here with the same key gets what was said since, and a few lines
// before that, but a bot gets no talk; who takes over from another terminal, what
// was said since that one was heard from. Letters stay waiting until
// [Session.MarkDelivered]. Only the goroutine that called Enter may call it, once.
func (s *Session) Welcome(lines int) (a Welcome, err error) {
	said := s.pastLines()
	said = said[:s.linesBeforeJoin(said)]
	a.LastSeen = s.readUpTo
	if archive := s.hub.Messages; archive != nil && s.Person != "" {
		if p, ok := archive.Account(s.Person); ok && a.LastSeen.IsZero() {
			a.LastSeen = p.LastSeen
		}
		err = s.collectOffline(&a)
	}
	if s.User().Bot { // it has no use for talk that it did not ask for
		lines, a.LastSeen = 0, time.Time{}
	}
	a.DirectMessages = append(s.filterIgnored(a.DirectMessages), s.unseen...)
	s.unseen = nil
	if n := len(a.DirectMessages); n > 0 {
		s.user.lastSender.CompareAndSwap(nil, a.DirectMessages[n-1].User)
	}
	missed := 0
	if !a.LastSeen.IsZero() {
		missed = len(said) - firstSince(said, a.LastSeen.Add(1))
	}
	a.Messages = said[len(said)-pageLength(said, lines, true):]
	a.Unread = min(missed, len(a.Messages))
	a.EarlierUnread = missed - a.Unread
	a.Notices = s.hub.notices(s)
	return a, err
}

// collectOffline puts into a what waits for s, under whichever of its keys it was known.
func (s *Session) collectOffline(a *Welcome) error {
	a.lastStored = map[string]*Event{}
	for _, id := range s.hub.personIDs(s.Person) {
		letters, err := s.hub.Messages.OfflineMessages(id)
		if err != nil {
			return err
		}
		if n := len(letters); n > 0 {
			a.lastStored[id] = letters[n-1]
		}
		a.DirectMessages = append(a.DirectMessages, letters...)
	}
	for _, e := range a.DirectMessages {
		e.User = s.hub.refreshSender(e.User)
	}
	slices.SortStableFunc(a.DirectMessages, func(x, y *Event) int { return x.Time.Compare(y.Time) })
	return nil
}

// refreshSender returns who with what is not stored with a letter: whether the name belongs
// to the key, and whether that is a bot's.
func (h *Hub) refreshSender(who *UserInfo) *UserInfo {
	who = repairUserInfo(who)
	id, err := names.Check(who.Name)
	if err != nil || who.Person == "" {
		return who
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	known, person := *who, h.keys.PersonOf(who.Person)
	known.Verified, known.Bot = h.names.Owns(person, id), h.bots.Get(person) != nil
	return &known
}

// RequeueUnseen has the private messages that s may not have seen wait until it comes
// again: it was cut off, and nobody can tell what still reached it. It may wait
// for the archive. It is for the goroutine that has seen s leave.
//
// What one may not have seen whose place a terminal in another house took is handed
// to that.
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

// handOverUnseen hands the private messages that s may not have seen to its heir. What that
// cannot be given waits, as for somebody who is away.
func (s *Session) handOverUnseen() error {
	var err error
	for _, e := range s.unseenMessages() {
		if !errors.Is(err, ErrUnreachable) {
			err = s.successor.peer.remote.Deliver(s.successor.id, e)
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

// unseenMessages returns, once, the private messages to s that it may not have seen: its client
// was not heard from since.
func (s *Session) unseenMessages() []*Event { return s.mailbox.takeUnseen(s.lastAlive()) }

// linesBeforeJoin returns how many of the lines were said before s came in: the rest s
// reads as it is said.
func (s *Session) linesBeforeJoin(said []*Event) int {
	n := len(said)
	for n > 0 && said[n-1].Seq > s.joinSeq {
		n--
	}
	return n
}

// MarkDelivered says that s has read the letters of its arrival: they wait no more.
// It may wait for the archive.
func (s *Session) MarkDelivered(a Welcome) error {
	for id, last := range a.lastStored {
		if err := s.hub.Messages.MarkDelivered(id, last); err != nil {
			return err
		}
	}
	return nil
}
