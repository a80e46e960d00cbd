package room

import (
	"sync/atomic"
	"time"
)

// A User is one session at any door. Two goroutines use it, as the package
// comment describes; where a method says nothing of it, any goroutine may call
// it.
type User struct {
	Key   string    // fingerprint of the proven public key, or ""
	Door  string    // as in Visitor
	Since time.Time // when it came

	id       uint64
	address  string
	house    *House
	room     *Room
	visiting bool // here for one command; see House.Visit

	who     atomic.Pointer[Who]
	nameKey string // guarded by House.mu; "" for one who shares another's name

	// What the writer keeps: its place in the room's ring, and the letters
	// that it has taken from the mailbox but not handed out.
	cursor  uint64
	pending []letter

	mailbox mailbox
	wake    chan struct{} // capacity 1: there is something for Next
	nudged  atomic.Bool

	asleep      atomic.Bool // in a list of sleepers; see Room.sleep
	nextSleeper *User

	idle     idleTimer
	departed bool          // guarded by Room.mu
	reason   Reason        // set before end
	end      atomic.Uint64 // where this user's view of the room ends; 0 while it is here
}

// Who returns the user as it is now.
func (u *User) Who() *Who { return u.who.Load() }

// Reason returns why u left, or "" while it is here.
func (u *User) Reason() Reason {
	if u.end.Load() == 0 {
		return ""
	}
	return u.reason
}

// Touch tells that the client sent something, whatever it was: it is not idle.
func (u *User) Touch() { u.idle.touch() }

// Nudge makes Next return even when nothing has happened, for a writer that
// has something of its door's own to write.
func (u *User) Nudge() {
	u.nudged.Store(true)
	u.signal()
}

func (u *User) signal() {
	select {
	case u.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// Next waits until there is something for u to read, and appends all of it to
// buf, up to buf's capacity, which must not be used up. After a [User.Nudge] it
// may return nothing new. When u has left and has been handed everything, the
// error is the [Reason]. Only the writer goroutine may call it.
func (u *User) Next(buf []*Event) ([]*Event, error) {
	start := len(buf)
	for {
		var over bool
		buf, over = u.take(buf)
		switch {
		case len(buf) > start:
			return buf, nil
		case over:
			return buf, u.reason
		case u.nudged.Swap(false):
			return buf, nil
		}
		if u.room.sleep(u) {
			<-u.wake
		}
	}
}

// take appends what there is now. It reports whether there will never be more.
func (u *User) take(buf []*Event) (_ []*Event, over bool) {
	// In this order: what is said before head is read belongs before any mail
	// that is put in after the mailbox was emptied.
	end := u.end.Load()
	over = end != 0
	if !over {
		end = u.room.head.Load()
	}
	u.pending = append(u.pending, u.mailbox.take()...)

	for len(u.pending) > 0 && len(buf) < cap(buf) {
		l := u.pending[0]
		buf, u.cursor = u.room.read(buf, u.cursor, l.at)
		if u.cursor < l.at || len(buf) == cap(buf) {
			return buf, false
		}
		buf = append(buf, l.event)
		u.pending = u.pending[1:]
	}
	if len(u.pending) == 0 {
		u.pending = nil
	}
	buf, u.cursor = u.room.read(buf, u.cursor, end)
	return buf, over && len(u.pending) == 0 && u.cursor >= end
}

// post puts an event into u's mailbox. It reports whether there was room.
func (u *User) post(e *Event) bool {
	ok := u.mailbox.put(letter{at: u.room.head.Load(), event: e})
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

// Leave ends the session, whatever the cause: the room is told, the name is
// free, and Next delivers what is left and then the reason. The first reason
// counts; later calls do nothing. When the whole house closes, the room is not
// told of each one who leaves.
func (u *User) Leave(reason Reason) {
	u.idle.stop()
	h := u.house
	h.mu.Lock()
	var told *Event
	if !u.visiting && !h.closed {
		told = &Event{Time: time.Now(), Kind: Left, Who: u.Who(), Reason: reason}
	}
	asleep, end, ok := u.room.depart(u, told)
	if ok && h.online[u.nameKey] == u {
		delete(h.online, u.nameKey)
	}
	h.mu.Unlock()
	if !ok {
		return
	}
	wakeAll(asleep)

	var farewell *letter
	if p := reason.Phrase(); p != "" {
		farewell = &letter{at: end, event: &Event{Time: time.Now(), Kind: Farewell, Phrase: p, Reason: reason}}
	}
	u.mailbox.close(farewell)
	u.reason = reason
	u.end.Store(end)
	u.signal()
}

// Say says text to the room. The error is a [Refusal], or the [Reason] why u
// is here no more.
func (u *User) Say(text string) error {
	text, err := cleanText(text)
	if err != nil {
		return err
	}
	return u.publish(&Event{Kind: Said, Text: text})
}

// SayVerbatim is Say for a dialect that writes names into its messages:
// verbatim is the whole message as its own people read it, text what other
// doors show.
func (u *User) SayVerbatim(text, verbatim string) error {
	text, err := cleanText(text)
	if err != nil {
		return err
	}
	if verbatim, err = cleanVerbatim(verbatim); err != nil {
		return err
	}
	return u.publish(&Event{Kind: Said, Text: text, Verbatim: verbatim})
}

func (u *User) publish(e *Event) error {
	e.Time, e.Who = time.Now(), u.Who()
	asleep, ok := u.room.append(e, u)
	if !ok {
		return u.gone()
	}
	wakeAll(asleep)
	return nil
}

// gone returns the error of one who has left and still acts.
func (u *User) gone() error {
	if u.end.Load() == 0 {
		return HungUp // another goroutine is in the middle of Leave
	}
	return u.reason
}

// Rename gives u another name and tells the room. Where the name differs from
// the old one not even in case, nothing happens, which is no error. Errors are
// as with [User.Say].
func (u *User) Rename(name string) error {
	h := u.house
	h.mu.Lock()
	asleep, err := u.renameLocked(name)
	h.mu.Unlock()
	wakeAll(asleep)
	return err
}

func (u *User) renameLocked(name string) (asleep *User, err error) {
	key, err := nameKey(name, u.address)
	if err != nil {
		return nil, err
	}
	if holder := u.house.online[key]; holder != nil && holder != u {
		return nil, refuse(NameTaken, name)
	}
	old := *u.Who()
	who := old
	who.Name = name
	asleep, ok := u.room.append(&Event{Time: time.Now(), Kind: Renamed, Who: &who, Old: old.Name}, u)
	if !ok {
		return nil, u.gone()
	}
	delete(u.house.online, u.nameKey)
	u.house.online[key], u.nameKey = u, key
	u.who.Store(&who)
	return asleep, nil
}

// Tell says text to one person, named name, alone. It returns the event, for
// the speaker to see too. Errors are as with [User.Say].
func (u *User) Tell(name, text string) (*Event, error) {
	to := u.house.find(name)
	if to == nil {
		return nil, refuse(NoSuchUser, Clean(name))
	}
	if text == "" {
		return nil, refuse(TellNoText)
	}
	text, err := cleanText(text)
	if err != nil {
		return nil, err
	}
	e := &Event{Time: time.Now(), Kind: Told, Who: u.Who(), To: to.Who(), Text: text}
	switch {
	case to == u: // it reads the event as its answer
	case to.post(e):
	case to.mailbox.isClosed():
		return nil, refuse(NoSuchUser, to.Who().Name)
	default:
		return nil, refuse(MailboxFull, to.Who().Name)
	}
	return e, nil
}
