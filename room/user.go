package room

import (
	"sync/atomic"
	"time"
)

// A User is one session at any door. Two goroutines use it, as the package
// comment describes; where a method says nothing of it, any goroutine may call
// it.
type User struct {
	// What the writer touches each time it wakes up comes first and together:
	// in a room of a thousand, finding it in memory is a good part of the work.
	first    seat
	at       *seat // that the writer reads from; first, as a rule
	nudged   atomic.Bool
	renewed  bool          // the writer's: it was nudged
	owed     time.Duration // how long it has to wait for what was rendered for it alone; the writer's, too
	departed atomic.Bool
	mailbox  mailbox
	pending  []letter // that the writer has taken from the mailbox but not handed out
	outside  atomic.Pointer[[]*watch]

	gone   chan struct{}          // closed with departed
	last   atomic.Pointer[seat]   // where it speaks
	to     atomic.Pointer[string] // the one person that it speaks to, or nil
	onWake func()                 // as in Visitor; nil where wake is used
	wake   chan struct{}          // capacity 1: there may be something to read

	Key   string    // the person, as the house knows it by a proven public key, or ""
	Since time.Time // when it came

	id        uint64
	visitor   Visitor
	source    atomic.Pointer[source] // what it shares with others who come from there
	joined    uint64                 // sequence number of its coming in, in the room of its first seat; 0 for one who visits
	found     found                  // by /history or /search; the reader goroutine's
	slipped   string                 // the line that it was asked about; the reader goroutine's
	slowed    int                    // lines in a row that came too fast; the reader goroutine's, too
	looked    time.Duration          // how much work its command was to look through; the reader goroutine's
	rows      rowSpan                // that its command has written; the reader goroutine's, too
	forgot    *Event                 // by which it had somebody forgotten; the reader goroutine's, too
	house     *House
	neighbour *Neighbour // where it is at home; nil is here
	atHome    *Session   // what is known of it there
	visiting  bool       // here for one command; see House.Visit

	following bool     // a visitor that goes on reading; guarded by House.mu
	errands   []errand // that its client may not have, the oldest first; guarded by House.mu, too

	presence *presence
	beside   time.Time // up to when another session of the same person has read; zero for the first
	missed   []*Event  // private messages that another session may not have shown
	ignored  atomic.Pointer[ignored]
	settings atomic.Pointer[Settings] // nil where nothing is set
	heir     *User                    // in another house, that took its place; set before departed
	typed    []string                 // at a terminal, the oldest first, until the session ends; guarded by House.mu
	unsent   func() string            // what stands in its row; guarded by House.mu, may be nil

	idle   idleTimer
	reason Reason // set before departed
}

// Who returns the user as it is now.
func (u *User) Who() *Who { return u.presence.who.Load() }

// Reason returns why u left, or "" while it is here.
func (u *User) Reason() Reason {
	if !u.departed.Load() {
		return ""
	}
	return u.reason
}

// Gone is closed when u has left.
func (u *User) Gone() <-chan struct{} { return u.gone }

// Touch tells that the client sent something, whatever it was: it is not idle.
func (u *User) Touch() { u.idle.touch() }

// alive returns when u's client was known to be there last. One at another house is
// there as long as that answers.
func (u *User) alive() time.Time {
	if u.neighbour != nil {
		return time.Now()
	}
	at := u.idle.input()
	if heard := u.visitor.Heard; heard != nil && heard().After(at) {
		return heard()
	}
	return at
}

// Nudge makes Wait return even when nothing has happened, for a writer that
// has something of its door's own to write.
func (u *User) Nudge() {
	u.nudged.Store(true)
	u.signal()
}

// Renewed reports, once, whether there was a [User.Nudge], or something else than
// talk has changed for u: its settings, where it is, what was said elsewhere. A door
// that shows such things looks at them then, and not for each line. Only the writer
// goroutine may call it, after Wait.
func (u *User) Renewed() bool {
	renewed := u.renewed
	u.renewed = false
	return renewed
}

// Wait waits until there is something for u to read: then Take returns it. It
// returns, too, after a [User.Nudge]. When u has left and has taken everything,
// the error is the [Reason]. It waits first for what [User.ShowAlone] is told of to be
// paid for. Only the writer goroutine may call it.
func (u *User) Wait() error {
	if u.owed > 0 {
		_ = u.pause(u.owed) // who has left has something to read still
		u.owed = 0
	}
	for {
		if news, err := u.Rest(); news || err != nil {
			return err
		}
		<-u.wake
	}
}

// Rest is Wait for a door with a Wake of its own: it does not wait. Unless it
// reports that there is something to read, or returns an error, Wake is going to
// be called. Only the writer goroutine may call it.
func (u *User) Rest() (news bool, err error) {
	gone := u.departed.Load()
	nudged := u.nudged.Load() && u.nudged.Swap(false)
	nudged = u.countOutside() || nudged
	u.renewed = u.renewed || nudged
	switch {
	case nudged, u.hasNews():
		return true, nil
	case gone:
		return false, u.reason
	}
	u.watchOutside()
	if u.countOutside() { // it came before somebody watched
		u.renewed = true
		return true, nil
	}
	return !u.at.sleep(u.at.isBehind), nil
}

func (u *User) hasNews() bool {
	return len(u.pending) > 0 || u.at.hasNews() || u.mailbox.hasMail()
}

// signal wakes u's writer.
func (u *User) signal() { signal(u.onWake, u.wake) }

// Take appends to buf what there is for u to read now, up to buf's capacity or
// some 8 KiB of text. It does not wait; it appends nothing when there is nothing
// left. Only the writer goroutine may call it.
func (u *User) Take(buf []*Event) []*Event {
	for {
		// In this order: what is said before head is read belongs before any mail
		// that is put in after the mailbox was emptied.
		end, next := u.at.view(), u.at.next.Load()
		u.pending = append(u.pending, u.mailbox.take()...)
		buf = u.takeMail(buf)
		if len(u.pending) > 0 && u.pending[0].seat <= u.at.n {
			return buf // there is more to read before that mail
		}
		buf = u.read(buf, end)
		if next == nil || u.at.cursor.Load() < u.at.view() || len(buf) == cap(buf) {
			return buf
		}
		u.at = next
	}
}

// takeMail appends the mail that came while u sat where it reads, or before, each
// piece after what was said before it.
func (u *User) takeMail(buf []*Event) []*Event {
	for bytes := 0; len(u.pending) > 0 && len(buf) < cap(buf) && bytes < takeBytes && u.pending[0].seat <= u.at.n; {
		n := len(buf)
		if l := u.pending[0]; l.seat == u.at.n {
			buf = u.read(buf, l.at)
			if u.at.cursor.Load() < l.at || len(buf) == cap(buf) {
				return buf
			}
		}
		buf = append(buf, u.pending[0].event)
		u.pending = u.pending[1:]
		for _, e := range buf[n:] {
			bytes += e.weight()
		}
	}
	if len(u.pending) == 0 {
		u.pending = nil
	}
	return buf
}

// read appends events of the conversation before end, without those that u does
// not want to read.
func (u *User) read(buf []*Event, end uint64) []*Event {
	for cursor := u.at.cursor.Load(); ; {
		n := len(buf)
		buf, cursor = u.at.room.read(buf, takeBytes, cursor, end)
		u.at.cursor.Store(cursor)
		buf = buf[:n+len(u.calm(u.heed(buf[n:])))]
		if len(buf) > n || len(buf) == cap(buf) || cursor >= end {
			return buf
		}
	}
}

// post puts an event into u's mailbox. It reports whether there was room.
func (u *User) post(e *Event) bool {
	if u.neighbour != nil {
		u.neighbour.home.Post(u.id, e)
		return true
	}
	s := u.seat()
	ok := u.mailbox.put(letter{
		seat: s.n, at: s.room.head.Load(), event: e,
		told: e.Kind == Told && u.Key != "" && e.To.Key == u.Key,
	})
	if ok {
		u.signal()
	}
	return ok
}

// Answer posts an event to u itself. While its mailbox is full it waits for
// u's writer: a client that asks faster than it reads slows down nobody but
// itself. Only the reader goroutine may call it.
func (u *User) Answer(e *Event) {
	for !u.post(e) && !u.mailbox.isClosed() {
		<-u.mailbox.space
	}
}

// Leave ends the session, whatever the cause. With the last session of a person
// the room is told, and the name is free. Take delivers what is left, then Wait
// returns the reason. The first reason counts; later calls do nothing. When the
// whole house closes, the room is not told of each one who leaves.
func (u *User) Leave(reason Reason) {
	farewell, args := u.house.farewell(reason)
	u.leave(reason, farewell, args...)
}

// leave is Leave with something else to say to u.
func (u *User) leave(reason Reason, farewell Phrase, args ...any) {
	defer u.house.wakeForMove()
	u.house.mu.Lock()
	defer u.house.mu.Unlock() // a fault in it must not hold up everybody
	u.leaveLocked(reason, farewell, args...)
}

// leaveLocked is leave for who holds the lock, and calls wakeForMove after that: even
// where nobody is told that u left, others may be called otherwise from then on. For
// one who is at home elsewhere, it is what this house does once it has heard of that.
func (u *User) leaveLocked(reason Reason, farewell Phrase, args ...any) {
	u.idle.stop()
	h := u.house
	var told *Event
	from := u.presence.from()
	last := h.dropLocked(u, reason) && u.presence.removeLocked(u)
	if last && !h.closed {
		told = &Event{Time: time.Now(), Kind: Left, Who: u.Who(), Reason: reason, From: from}
	}
	ok := u.here().depart(u, reason, newFarewell(reason, farewell, args))
	if ok && told != nil {
		h.tellRoomsLocked(u.presence, told)
	}
	if last {
		if u.neighbour == nil {
			h.seenLocked(u.presence)
			h.endPenaltiesLocked(u.Who().sign())
		}
		h.leaveLocked(u.presence)
	}
	h.heedHomeLocked(u.presence)
	h.grantWishesLocked()
	if ok {
		u.signal()
	}
}

// newFarewell returns the last thing that a user reads, or nil.
func newFarewell(reason Reason, p Phrase, args []any) *Event {
	if p == "" {
		return nil
	}
	return &Event{Time: time.Now(), Kind: Farewell, Phrase: p, Args: args, Reason: reason}
}
