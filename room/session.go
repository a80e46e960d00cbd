package room

import (
	"sync/atomic"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
)

// A Session is one session at any door. Two goroutines use it, as the package
// comment describes; where a method says nothing of it, any goroutine may call
// it.
type Session struct {
	// What the writer touches each time it wakes up comes first and together:
	// in a room of a thousand, finding it in memory is a good part of the work.
	firstView        view
	readView         *view // that the writer reads from; first, as a rule
	refreshRequested atomic.Bool
	refreshDue       bool          // the writer's: it was nudged
	owed             time.Duration // how long it has to wait for what was rendered for it alone; the writer's, too
	departed         atomic.Bool
	mailbox          mailbox
	pendingItems     []mailboxItem // that the writer has taken from the mailbox but not handed out
	unreadWatches    atomic.Pointer[[]*unreadWatch]

	done      chan struct{}          // closed with departed
	speakView atomic.Pointer[view]   // where it speaks
	recipient atomic.Pointer[string] // the one person that it speaks to, or nil
	onWake    func()                 // as in ClientInfo; nil where wake is used
	wake      chan struct{}          // capacity 1: there may be something to read

	Person string    // the person, as the house knows it by a proven public key, or ""
	Since  time.Time // when it came

	id             uint64
	client         ClientInfo
	addressLimit   atomic.Pointer[addressLimit] // what it shares with others who come from there
	joinSeq        uint64                       // sequence number of its coming in, in the room of its first seat; 0 for one who visits
	searchResults  searchResults                // by /history or /search; the reader goroutine's
	questionedLine string                       // the line that it was asked about; the reader goroutine's
	fastLines      int                          // lines in a row that came too fast; the reader goroutine's, too
	scanWork       time.Duration                // how much work its command was to look through; the reader goroutine's
	records        recordSpan                   // that its command has written; the reader goroutine's, too
	forgetEvent    *Event                       // by which it had somebody forgotten; the reader goroutine's, too
	hub            *Hub
	peer           *Peer        // where it is at home; nil is here
	peerSession    *PeerSession // what is known of it there
	oneShot        bool         // here for one command; see Hub.Exec

	following       bool             // a visitor that goes on reading; guarded by Hub.mu
	pendingCommands []pendingCommand // that its client may not have, the oldest first; guarded by Hub.mu, too

	user       *user
	readUpTo   time.Time // up to when another session of the same person has read; zero for the first
	unseen     []*Event  // private messages that another session may not have shown
	ignoreList atomic.Pointer[accounts.IgnoreList]
	settings   atomic.Pointer[accounts.Settings] // nil where nothing is set
	successor  *Session                          // in another house, that took its place; set before departed
	input      []string                          // at a terminal, the oldest first, until the session ends; guarded by Hub.mu
	unsent     func() string                     // what stands in its row; guarded by Hub.mu, may be nil

	idle   idleTimer
	reason Reason // set before departed
}

// User returns the user as it is now.
func (s *Session) User() *UserInfo { return s.user.info.Load() }

// Reason returns why s left, or "" while it is here.
func (s *Session) Reason() Reason {
	if !s.departed.Load() {
		return ""
	}
	return s.reason
}

// Done is closed when s has left.
func (s *Session) Done() <-chan struct{} { return s.done }

// Touch tells that the client sent something, whatever it was: it is not idle.
func (s *Session) Touch() { s.idle.touch() }

// lastAlive returns when s's client was known to be there last. One at another house is
// there as long as that answers.
func (s *Session) lastAlive() time.Time {
	if s.peer != nil {
		return time.Now()
	}
	at := s.idle.lastInputTime()
	if heard := s.client.LastHeard; heard != nil && heard().After(at) {
		return heard()
	}
	return at
}

// RequestRefresh makes Wait return even when nothing has happened, for a writer that
// has something of its door's own to write.
func (s *Session) RequestRefresh() {
	s.refreshRequested.Store(true)
	s.signal()
}

// TakeRefresh reports, once, whether there was a [Session.RequestRefresh], or something else than
// talk has changed for s: its settings, where it is, what was said elsewhere. A door
// that shows such things looks at them then, and not for each line. Only the writer
// goroutine may call it, after Wait.
func (s *Session) TakeRefresh() bool {
	renewed := s.refreshDue
	s.refreshDue = false
	return renewed
}

// Wait waits until there is something for s to read: then Take returns it. It
// returns, too, after a [Session.RequestRefresh]. When s has left and has taken everything,
// the error is the [Reason]. It waits first for what [Session.ChargeRendering] is told of to be
// paid for. Only the writer goroutine may call it.
func (s *Session) Wait() error {
	if s.owed > 0 {
		_ = s.sleep(s.owed) // who has left has something to read still
		s.owed = 0
	}
	for {
		if news, err := s.Arm(); news || err != nil {
			return err
		}
		<-s.wake
	}
}

// Arm is Wait for a door with a Wake of its own: it does not wait. Unless it
// reports that there is something to read, or returns an error, Wake is going to
// be called. Only the writer goroutine may call it.
func (s *Session) Arm() (news bool, err error) {
	gone := s.departed.Load()
	nudged := s.refreshRequested.Load() && s.refreshRequested.Swap(false)
	nudged = s.pollUnreadWatches() || nudged
	s.refreshDue = s.refreshDue || nudged
	switch {
	case nudged, s.hasPending():
		return true, nil
	case gone:
		return false, s.reason
	}
	s.armUnreadWatches()
	if s.pollUnreadWatches() { // it came before somebody watched
		s.refreshDue = true
		return true, nil
	}
	return !s.readView.sleep(s.readView.isBehind), nil
}

func (s *Session) hasPending() bool {
	return len(s.pendingItems) > 0 || s.readView.hasPending() || s.mailbox.hasItems()
}

// signal wakes s's writer.
func (s *Session) signal() { signal(s.onWake, s.wake) }

// Take appends to buf what there is for s to read now, up to buf's capacity or
// some 8 KiB of text. It does not wait; it appends nothing when there is nothing
// left. Only the writer goroutine may call it.
func (s *Session) Take(buf []Item) []Item {
	for {
		// In this order: what is said before head is read belongs before any mail
		// that is put in after the mailbox was emptied.
		end, next := s.readView.limit(), s.readView.next.Load()
		s.pendingItems = append(s.pendingItems, s.mailbox.takeAll()...)
		buf = s.takeMail(buf)
		if len(s.pendingItems) > 0 && s.pendingItems[0].viewNumber <= s.readView.number {
			return buf // there is more to read before that mail
		}
		buf = s.read(buf, end)
		if next == nil || s.readView.cursor.Load() < s.readView.limit() || len(buf) == cap(buf) {
			return buf
		}
		s.readView = next
	}
}

// takeMail appends the mail that came while s sat where it reads, or before, each
// piece after what was said before it.
func (s *Session) takeMail(buf []Item) []Item {
	for bytes := 0; len(s.pendingItems) > 0 && len(buf) < cap(buf) && bytes < sessionTakeBytes && s.pendingItems[0].viewNumber <= s.readView.number; {
		n := len(buf)
		if item := s.pendingItems[0]; item.viewNumber == s.readView.number {
			buf = s.read(buf, item.head)
			if s.readView.cursor.Load() < item.head || len(buf) == cap(buf) {
				return buf
			}
		}
		buf = append(buf, s.pendingItems[0].item)
		s.pendingItems = s.pendingItems[1:]
		for _, item := range buf[n:] {
			bytes += shownSize(item)
		}
	}
	if len(s.pendingItems) == 0 {
		s.pendingItems = nil
	}
	return buf
}

// read appends events of the conversation before end, without those that s does
// not want to read.
func (s *Session) read(buf []Item, end uint64) []Item {
	cursor := s.readView.cursor.Load()
	for bytes := 0; cursor < end && len(buf) < cap(buf) && bytes < sessionTakeBytes; {
		e, next := s.readView.room.read(cursor, end)
		switch {
		case e == nil:
			buf = append(buf, &LinesDropped{Time: time.Now(), Count: next - cursor})
		case !s.hides(e):
			buf = append(buf, e)
			bytes += e.textSize()
		}
		cursor = next
	}
	s.readView.cursor.Store(cursor)
	return buf
}

// hides reports whether s does not want to read an event.
func (s *Session) hides(e *Event) bool { return s.ignores(e) || s.isQuietFor(e) }

// post puts an item into s's mailbox. It reports whether there was room.
func (s *Session) post(item Item) bool {
	if s.peer != nil {
		s.peer.remote.Notify(s.id, item)
		return true
	}
	v := s.currentView()
	ok := s.mailbox.put(mailboxItem{viewNumber: v.number, head: v.room.head.Load(), item: item, message: s.messageIn(item)})
	if ok {
		s.signal()
	}
	return ok
}

// messageIn returns the private message to s that an item is or has, if s has a key; or nil.
func (s *Session) messageIn(item Item) *Event {
	e, _ := item.(*Event)
	if sent, ok := item.(*MessageSent); ok { // to itself, or not
		e = sent.Message
	}
	if e == nil || e.Kind != DirectMessage || s.Person == "" || e.To.Person != s.Person {
		return nil
	}
	return e
}

// Answer posts a reply to s itself. While its mailbox is full it waits for
// s's writer: a client that asks faster than it reads slows down nobody but
// itself. Only the reader goroutine may call it.
func (s *Session) Answer(r Reply) {
	for !s.post(r) && !s.mailbox.isClosed() {
		<-s.mailbox.emptied
	}
}

// Leave ends the session, whatever the cause. With the last session of a person
// the room is told, and the name is free. Take delivers what is left, then Wait
// returns the reason. The first reason counts; later calls do nothing. When the
// whole house closes, the room is not told of each one who leaves.
func (s *Session) Leave(reason Reason) {
	farewell, args := s.hub.farewell(reason)
	s.leave(reason, farewell, args...)
}

// leave is Leave with something else to say to s.
func (s *Session) leave(reason Reason, farewell reply.Code, args ...any) {
	defer s.hub.wakeForJoinLeave()
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock() // a fault in it must not hold up everybody
	s.leaveLocked(reason, farewell, args...)
}

// removeUserLocked is leave for who holds the lock, and calls wakeForJoinLeave after that: even
// where nobody is told that s left, others may be called otherwise from then on. For
// one who is at home elsewhere, it is what this house does once it has heard of that.
func (s *Session) leaveLocked(reason Reason, farewell reply.Code, args ...any) {
	s.idle.stop()
	h := s.hub
	var told *Event
	from := s.user.peerName()
	last := h.removeSessionLocked(s, reason) && s.user.removeLocked(s)
	if last && !h.closed {
		told = &Event{Time: time.Now(), Kind: Left, User: s.User(), Reason: reason, Peer: from}
	}
	ok := s.room().endSession(s, reason, newFarewell(reason, farewell, args))
	if ok && told != nil {
		h.announceToRoomsLocked(s.user, told)
	}
	if last {
		if s.peer == nil {
			h.touchNameLocked(s.user)
			h.moderation.EndSession(s.User().subject())
		}
		s.user.leaveRoomsLocked()
		h.online.remove(s.user)
	}
	h.applyHomeStateLocked(s.user)
	h.reconcileNamesLocked()
	if ok {
		s.signal()
	}
}
