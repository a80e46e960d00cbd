package room

import "time"

// LinesBeforeJoin returns what was said in its room before s entered, except what s ignores. The
// caller must not change the slice. The rest s reads as events.
func LinesBeforeJoin(s *Session) []*Event {
	said := PastLines(s)
	n := len(said)
	for n > 0 && said[n-1].Seq > s.joinSeq {
		n--
	}
	return said[:n]
}

// ReadUpTo returns up to when another session of the same person had read when s entered, or zero
// if there was none.
func (s *Session) ReadUpTo() time.Time { return s.readUpTo }

// TakeInherited returns, once, the private messages that went to other sessions of s's person before
// s entered, and that those may not have shown: s has to show them. Only the goroutine that called
// [Hub.Enter] may call it.
func TakeInherited(s *Session) []*Event {
	inherited := s.unseen
	s.unseen = nil
	return inherited
}

// TakeUnseenMessages returns, once, the private messages that s may not have seen because its
// client was not heard from since. The caller is responsible for them from now on.
func TakeUnseenMessages(s *Session) []*Event { return s.inbox.TakeUnseen(lastAlive(s)) }

// Successor returns the session at another node that took s's place, or nil. Call it after s has
// left.
func (s *Session) Successor() *Session { return s.successor }
