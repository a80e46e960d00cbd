package room

import (
	"errors"
	"sync/atomic"
	"time"
)

// A User is one session at any door. Two goroutines use it, as the package
// comment describes; where a method says nothing of it, any goroutine may call
// it.
type User struct {
	// What the writer touches each time it wakes up comes first and together:
	// in a room of a thousand, finding it in memory is a good part of the work.
	reader
	end     atomic.Uint64 // where this user's view of the room ends; 0 while it is here
	nudged  atomic.Bool
	mailbox mailbox
	pending []letter // that the writer has taken from the mailbox but not handed out

	Key   string    // fingerprint of the proven public key, or ""
	Since time.Time // when it came

	id       uint64
	address  string
	joined   uint64 // sequence number of its coming in; 0 for one who visits
	found    found  // by /history or /search; the reader goroutine's
	house    *House
	visiting bool // here for one command; see House.Visit
	deaf     bool // as in Visitor

	who     atomic.Pointer[Who]
	nameKey string // guarded by House.mu; "" for one who shares another's name

	idle     idleTimer
	departed bool   // guarded by Room.mu
	reason   Reason // set before end
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

// Nudge makes Wait return even when nothing has happened, for a writer that
// has something of its door's own to write.
func (u *User) Nudge() {
	u.nudged.Store(true)
	u.signal()
}

// Wait waits until there is something for u to read: then Take returns it. It
// returns, too, after a [User.Nudge]. When u has left and has taken everything,
// the error is the [Reason]. Only the writer goroutine may call it.
func (u *User) Wait() error {
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
	end := u.end.Load()
	switch {
	case u.hasNews(), u.nudged.Swap(false):
		return true, nil
	case end != 0:
		return false, u.reason
	}
	return !u.sleep(), nil
}

func (u *User) hasNews() bool {
	return len(u.pending) > 0 || u.cursor < u.view() || u.mailbox.hasMail()
}

// view returns where that which u may read of its room ends.
func (u *User) view() uint64 {
	// In this order: while end is 0 after head was read, u's own leaving is not
	// before head.
	head := u.room.head.Load()
	if end := u.end.Load(); end != 0 {
		return end
	}
	return head
}

// Take appends to buf what there is for u to read now, up to buf's capacity or
// some 64 KiB of text. It does not wait; it appends nothing when there is nothing
// left. Only the writer goroutine may call it.
func (u *User) Take(buf []*Event) []*Event {
	// In this order: what is said before head is read belongs before any mail
	// that is put in after the mailbox was emptied.
	end := u.view()
	u.pending = append(u.pending, u.mailbox.take()...)

	for len(u.pending) > 0 && len(buf) < cap(buf) {
		l := u.pending[0]
		buf, u.cursor = u.room.read(buf, u.cursor, l.at)
		if u.cursor < l.at || len(buf) == cap(buf) {
			return buf
		}
		buf = append(buf, l.event)
		u.pending = u.pending[1:]
	}
	if len(u.pending) == 0 {
		u.pending = nil
	}
	buf, u.cursor = u.room.read(buf, u.cursor, end)
	return buf
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
// free, and Take delivers what is left, then Wait returns the reason. The first reason
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
	ok := u.room.depart(u, reason, told)
	delete(h.users, u)
	if ok && h.online[u.nameKey] == u {
		delete(h.online, u.nameKey)
	}
	h.mu.Unlock()
	if !ok {
		return
	}
	u.signal()
	if told != nil {
		u.room.wakeForMove()
	}
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
	if !u.room.append(e, u) {
		return u.reason
	}
	u.room.wake()
	return nil
}

// Rename gives u another name and tells the room. The name that u has already
// is no news: then the event that it returns is for u alone. Errors are as with
// [User.Say].
func (u *User) Rename(name string) (answer *Event, err error) {
	if who := u.Who(); name == who.Name {
		return &Event{Time: time.Now(), Kind: Renamed, Who: who, Old: name}, nil
	}
	h := u.house
	h.mu.Lock()
	err = u.renameLocked(name)
	h.mu.Unlock()
	u.room.wake()
	return nil, err
}

func (u *User) renameLocked(name string) error {
	key, err := nameKey(name, u.address)
	if err != nil {
		return err
	}
	if holder := u.house.online[key]; holder != nil && holder != u {
		return refuse(NameTaken, name)
	}
	old := *u.Who()
	who := old
	who.Name = name
	if !u.room.append(&Event{Time: time.Now(), Kind: Renamed, Who: &who, Old: old.Name}, u) {
		return u.reason
	}
	delete(u.house.online, u.nameKey)
	u.house.online[key], u.nameKey = u, key
	u.who.Store(&who)
	return nil
}

// Tell says text to one person, named name, alone. It returns the event, for
// the speaker to see too. Who is away but known by a key gets it later; then the
// event has a phrase that says so. Errors are as with [User.Say].
func (u *User) Tell(name, text string) (*Event, error) {
	to := u.house.find(name)
	if to == nil {
		return u.write(name, text)
	}
	e, err := u.letter(to.Who(), text)
	if err != nil {
		return nil, err
	}
	if to.deaf {
		return nil, refuse(CannotBeTold, to.Who().Name)
	}
	switch {
	case to == u: // it reads the event as its answer
	case to.post(e):
	case to.mailbox.isClosed():
		return u.write(name, text)
	default:
		return nil, refuse(MailboxFull, to.Who().Name)
	}
	return e, nil
}

// letter makes a private message.
func (u *User) letter(to *Who, text string) (*Event, error) {
	if text == "" {
		return nil, refuse(TellNoText)
	}
	text, err := cleanText(text)
	if err != nil {
		return nil, err
	}
	return &Event{Time: time.Now(), Kind: Told, Who: u.Who(), To: to, Text: text}, nil
}

// write leaves a private message for somebody who is away.
func (u *User) write(name, text string) (*Event, error) {
	var person Person
	known := false
	if key := NameKey(name); key != "" && u.house.Archive != nil {
		person, known = u.house.Archive.Find(key)
	}
	if !known {
		return nil, refuse(NoSuchUser, Clean(name))
	}
	e, err := u.letter(&Who{Name: person.Name, Key: person.Key}, text)
	if err != nil {
		return nil, err
	}
	switch err := u.house.Archive.Post(e); {
	case errors.Is(err, ErrFull):
		return nil, refuse(MailboxFull, person.Name)
	case err != nil:
		return nil, refuse(CannotWait, person.Name)
	}
	e.Phrase, e.Args = LetterWaits, []any{person.Name}
	return e, nil
}
