package room

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/inbox"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
)

// A Session is one client at one door. Two goroutines use it, as the package comment describes.
// Methods may be called from any goroutine unless they say otherwise.
type Session struct {
	// The writer touches these each time it wakes up, so they come first and together: in a room of a
	// thousand, fetching them from memory is a good part of the work.
	Meter      ratelimit.Meter // of the work done for s
	IgnoreList atomic.Pointer[accounts.IgnoreList]
	inbox      inbox.Inbox // what s reads

	room atomic.Pointer[Room] // that s looks at
	wake eventlog.WakeChan    // there may be something to read; unused if the door has a Waker

	Person ids.Account // the person that a proven public key belongs to, or ""
	Since  time.Time   // when the session began

	id          uint64
	Client      ClientInfo
	joinSeq     uint64     // the sequence number of its Joined event in its first view; 0 for a one-shot session
	fastLines   int        // how many lines in a row came too fast; the reader goroutine's
	records     recordSpan // the records that its command wrote; the reader goroutine's
	forgetEvent *Event     // the event by which its command erased somebody's messages; the reader goroutine's
	hub         *Hub
	node        Node       // where it is connected; nil for this node
	RoomsThere  []ids.Room // the rooms that the user has joined at that other node; guarded by Hub.mu
	OneShot     bool       // runs one command; see Hub.Exec

	Following       bool             // a one-shot session that goes on reading; guarded by Hub.mu
	PendingCommands []PendingCommand // commands that its client may not have, oldest first; guarded by Hub.mu

	User      *User
	readUpTo  time.Time                         // up to when another session of the same person has read; zero for the first
	unseen    []*Event                          // private messages that another session may not have shown
	settings  atomic.Pointer[accounts.Settings] // nil if nothing is set
	successor *Session                          // the session at another node that took its place; set before the inbox is closed
	input     []string                          // typed at its terminal, oldest first, kept until the session ends; guarded by Hub.mu
	unsent    func() string                     // returns the text in its input line; guarded by Hub.mu; may be nil

	idle   idleTimer
	reason Reason // set before the inbox is closed
}

// ID returns the number of s, which is unique among all nodes.
func (s *Session) ID() uint64 { return s.id }

// UserInfo returns the user as others see it now.
func (s *Session) UserInfo() *UserInfo { return s.User.Info() }

// Hub returns the hub that s has entered.
func (s *Session) Hub() *Hub { return s.hub }

// Reason returns why s left, or "" if it has not.
func (s *Session) Reason() Reason {
	if !s.inbox.IsClosed() {
		return ""
	}
	return s.reason
}

// Context returns a context that ends when s has left. What a command waits for ends with it: nobody
// reads the answer any more.
func (s *Session) Context() context.Context { return s.inbox.Context() }

// Touch resets the idle timer: the client sent something, whatever it was.
func (s *Session) Touch() { s.idle.touch() }

// LastInput returns when the client last sent something.
func (s *Session) LastInput() time.Time { return s.idle.lastInputTime() }

// lastAlive returns when s's client was last known to be connected. A session at a peer counts as
// connected as long as the peer answers.
func lastAlive(s *Session) time.Time {
	if s.node != nil {
		return time.Now()
	}
	at := s.idle.lastInputTime()
	if heard := s.Client.LastHeard; heard != nil && heard().After(at) {
		return heard()
	}
	return at
}

// Wait blocks until there is something for Take to return, or until [Session.RequestRefresh] is
// called. Once s has left and everything is taken, it returns the [Reason] as an error. First it
// waits until what was rendered for s alone is paid for; see [ratelimit.Meter.ChargeRendering]. Only
// the writer goroutine may call it.
func (s *Session) Wait() error {
	s.Meter.PayRendering()
	for {
		if news, err := s.Arm(); news || err != nil {
			return err
		}
		<-s.wake
	}
}

// Arm is Wait for a door that has a Waker: it does not block. Unless it reports that there is
// something to read, or returns an error, the Waker will be called. Only the writer goroutine may call
// it.
func (s *Session) Arm() (news bool, err error) {
	news, over := s.inbox.Arm()
	if over {
		return false, s.reason
	}
	return news, nil
}

// Take appends to buf what s has to read now; see [inbox.Inbox.Take]. Only the writer goroutine may
// call it.
func (s *Session) Take(buf []Item) []Item { return s.inbox.Take(buf) }

// HasPending reports whether there is something to take. Only the writer goroutine may call it.
func (s *Session) HasPending() bool { return s.inbox.HasPending() }

// RequestRefresh makes Wait return even if nothing has happened, for a writer whose door has
// something of its own to write.
func (s *Session) RequestRefresh() { s.inbox.RequestRefresh() }

// TakeRefresh reports, once, whether the door should look at settings, the room and what is unread
// elsewhere again; see [inbox.Inbox.TakeRefresh]. Only the writer goroutine may call it, after Wait.
func (s *Session) TakeRefresh() bool { return s.inbox.TakeRefresh() }

// Unread returns the rooms that s has joined but does not look at, if something was said there
// since. The writer is woken when the result changes.
func (s *Session) Unread() []inbox.Unread { return s.inbox.Unread() }

// Post puts an item into s's mailbox. The error is [inbox.ErrFull] or [inbox.ErrClosed]. For a
// session at another node it is always nil: the item may get lost on the way.
func (s *Session) Post(item Item) error {
	if s.node != nil {
		s.node.Notify(s.id, item)
		return nil
	}
	return s.inbox.Post(item)
}

// Answer posts a reply to s itself. While the mailbox is full it waits for s's writer: a client
// that asks faster than it reads slows down only itself. Only the reader goroutine may call it.
func (s *Session) Answer(r Reply) {
	for errors.Is(s.Post(r), inbox.ErrFull) {
		<-s.inbox.Emptied()
	}
}

// Leave ends the session for the given reason. When a person's last session ends, the room is told
// and the name becomes free. Take still delivers what is left, then Wait returns the reason. Only
// the first call counts. When the whole hub closes, the room is not told of each departure.
func (s *Session) Leave(reason Reason) {
	farewell, args := farewell(s.hub, reason)
	leaveWith(s, reason, farewell, args...)
}

// leaveWith is Leave with a farewell of its own for s.
func leaveWith(s *Session, reason Reason, farewell reply.Code, args ...any) {
	st := s.hub.Lock()
	defer st.Unlock() // a fault in it must not hold up everybody
	st.leave(s, reason, farewell, args...)
}

// leave ends s, as [Session.Leave] does, with a farewell. For a session at another node it applies
// here what that node has reported.
func (st *State) leave(s *Session, reason Reason, farewell reply.Code, args ...any) {
	s.idle.stop()
	var told *Event
	from := s.User.peerName()
	last := st.removeSession(s, reason) && s.User.removeLocked(s)
	if last && !st.closed {
		told = &Event{Time: time.Now(), Kind: Left, User: s.UserInfo(), Reason: reason, Peer: from}
	}
	ok := endReading(s, reason, event.NewFarewell(reason, farewell, args))
	if ok && told != nil {
		st.Rooms.announce(s.User, told)
	}
	if last {
		if s.node == nil {
			st.Naming.touch(s.User)
			st.Moderation.EndSession(s.UserInfo().Subject())
		}
		s.User.leaveRoomsLocked()
		st.Online.Remove(s.User)
	}
	st.applyHomeState(s.User)
	st.Naming.Reconcile()
	if ok {
		s.inbox.Signal()
	}
}

// EndWhere ends the sessions at this node for which is returns true.
func (st *State) EndWhere(is func(*Session) bool, reason Reason, farewell reply.Code, args ...any) {
	for s := range st.Sessions {
		if is(s) {
			st.leave(s, reason, farewell, args...)
		}
	}
}

// EndSessions ends sessions at this node, and returns those that are at other nodes.
func (st *State) EndSessions(sessions []*Session, reason Reason, farewell reply.Code, args ...any) (elsewhere []*Session) {
	for _, s := range sessions {
		if s.node != nil {
			elsewhere = append(elsewhere, s)
			continue
		}
		st.leave(s, reason, farewell, args...)
	}
	return elsewhere
}

// Room returns the room that s looks at.
func (s *Session) Room() *Room { return s.room.Load() }

// endReading ends what s reads, and keeps s from speaking in any room. The farewell, which may be
// nil, is for s alone. The second call does nothing and returns false. Callers hold Hub.mu.
//
// s stops reading before others learn that it left: s's writer must not read that event, nor get
// items that arrive after it.
func endReading(s *Session, reason Reason, farewell *Farewell) (ok bool) {
	var last Item
	if farewell != nil {
		last = farewell
	}
	return s.inbox.Close(last, func() { s.reason = reason })
}

// startReading makes s read a room, from its first event on. If waker is nil, [Session.Wait] is
// woken.
func startReading(s *Session, r *Room, waker Waker) {
	if waker == nil {
		s.wake = make(eventlog.WakeChan, 1)
		waker = s.wake
	}
	s.room.Store(r)
	s.inbox.Init(r.Log, waker, (*inboxOwner)(s))
}

// An inboxOwner is a session as its inbox sees it. It implements [inbox.Owner].
type inboxOwner Session

func (o *inboxOwner) Hides(e *Event) bool {
	s := (*Session)(o)
	comesOrGoes := e.Kind == Joined || e.Kind == Left
	return s.Ignores(e) || comesOrGoes && s.Settings().Quiet && e.User.SessionID != s.UserInfo().SessionID
}

// Kept returns the private message to the session that an item is or contains, or nil. If the
// session has no key, it returns nil.
func (o *inboxOwner) Kept(item Item) *Event {
	e, _ := item.(*Event)
	if sent, ok := item.(*MessageSent); ok { // to itself, or not
		e = sent.Message
	}
	if e == nil || e.Kind != PrivateMessage || o.Person == "" || e.To.Person != o.Person {
		return nil
	}
	return e
}

// lookAt makes s, which nobody else knows of yet, read another room.
func lookAt(s *Session, r *Room) {
	s.room.Store(r)
	s.inbox.Use(r.Log)
}
