package room

import (
	"net/netip"
	"time"
)

// A Visitor is what a door knows of somebody who knocks.
type Visitor struct {
	Name    string        // the name wished for
	Unnamed bool          // the door asks for no name: there the address stands for it
	Address string        // what the classic doors show for an address
	Remote  netip.Addr    // where it comes from; operators alone see it
	Key     string        // the fingerprint of a proven public key, or ""
	Former  string        // what older versions took for it, or ""; proven, too
	Door    string        // how it came: ssh, classic, ...
	Client  string        // the program it uses, as far as it says so
	Idle    time.Duration // how long one may be idle; 0 means for ever
	Warn    time.Duration // how long before that a warning comes; none does unless it is less than Idle
	Deaf    bool          // cannot be shown private messages
	Room    string        // where one who visits acts; "" is the lobby

	// Terminal says that somebody sits there and reads. A terminal takes over
	// from another with the same key, as TakesOver says; pipes and commands speak
	// beside it.
	Terminal  bool
	TakesOver TakeOver
	// Patient says that what comes is read no faster than it may be acted on, for as
	// long as that takes: so with programs, whose own writing waits then. Nobody is
	// muted for it, and nothing is refused for having come too fast.
	Patient bool

	// Ended is closed when the client is gone: for what it had sent before nobody waits
	// any more. It may be nil.
	Ended <-chan struct{}

	// Heard returns when the client was known to be there last, beside what it
	// typed. It must not wait. It may be nil.
	Heard func() time.Time

	// Wake is called when there may be something for Take, by whoever brought
	// it about: it must not wait. It serves doors that have one goroutine write
	// for many users; if it is nil, Wait is what wakes up.
	Wake func()
}

// Enter brings somebody into the lobby and tells the room. The name is the one
// wished for or, where that is taken or not allowed, the next free one: then a
// notice in the mailbox says so. Who is here already with the same key is the
// same person: it goes by the name it has, the room is told nothing, and where
// both are at a terminal the newcomer takes over, or is told that it does not, with an
// [*Occupied]. Where more come and go from one
// address than the [Limits] allow it waits. The error is a [*Refusal] for who may
// not enter, or [ErrClosed]. The caller must see to it that [User.Leave]
// is called in the end.
func (h *House) Enter(v Visitor) (*User, error) {
	if err := h.slowDown(&v, 2); err != nil { // a coming and a going, for everybody to read
		return nil, err
	}
	w := h.wish(&v)
	h.mu.Lock()
	u, err := h.admitLocked(&v)
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	var notice *Event
	if p := h.people[u.Key]; p != nil {
		u.joinLocked(p)
	} else {
		notice = h.welcomeLocked(u, w)
	}
	h.mu.Unlock()
	h.wakeForMove()
	if notice != nil {
		u.post(notice)
	}
	u.idle.start(u, v.Idle, v.Warn)
	return u, nil
}

// welcomeLocked makes u's presence and tells the room. The notice, if there is
// one, tells u why it is not called what it wished.
func (h *House) welcomeLocked(u *User, w *wish) (notice *Event) {
	var p *presence
	p, notice = h.presenceLocked(u, w)
	if r := h.claimLocked(u, p); r != nil {
		notice = &Event{Time: u.Since, Kind: Noticed, Phrase: r.Phrase, Args: r.Args}
	}
	h.enterLocked(p)
	u.presence = p
	p.addLocked(u)
	u.ignored.Store(h.ignores[u.Key])
	joined := &Event{Time: u.Since, Kind: Joined, Who: u.Who()}
	u.here().announce(joined)
	h.moved = append(h.moved, u.here())
	u.joined = joined.Seq
	u.first.cursor.Store(joined.Seq) // the first event that u reads is its own joining
	return notice
}

// joinLocked makes u another session of a person who is here. At a terminal it
// takes the place of the session that was at one; of one in another house, that house
// sees to it when it hears of u.
func (u *User) joinLocked(p *presence) {
	old := p.terminal
	u.presence, u.beside = p, p.away
	p.addLocked(u)
	u.ignored.Store(u.house.ignores[u.Key])
	if old == nil || !u.visitor.Terminal {
		u.joined = u.first.sit(nil)
		if u.visitor.Terminal {
			u.missed = p.unreadLocked(u) // what only went to a pipe
			u.mailbox.inherit(u.missed, u.Since)
		}
		return
	}
	p.noteTakeover(u)
	if old.neighbour != nil {
		u.joined, u.beside = u.first.sit(nil), old.alive()
		return
	}
	u.replaceLocked(old)
	u.beside, u.missed = old.alive(), old.unread()
	u.mailbox.inherit(u.missed, u.Since)
	p.removeLocked(old)
	u.house.dropLocked(old, TakenOver)
	old.idle.stop()
	old.signal()
}

// replaceLocked sits u down where another session sat, which has to get up, and has
// it watch the rooms that the other one watched.
func (u *User) replaceLocked(old *User) {
	lobby, r := u.here(), old.here()
	if r != lobby {
		lobby.readers.Add(-1)
		r.readers.Add(1)
		u.first.room = r
	}
	if list := old.outside.Load(); list != nil {
		var mine []*watch
		for _, w := range *list {
			watched := u.newWatch(w.room)
			watched.seen = w.seen
			mine = append(mine, watched)
		}
		u.outside.Store(&mine)
	}
	u.joined = u.first.sit(old)
}

// dropLocked takes u, which leaves, off the house. It reports whether that was
// still to be done.
func (h *House) dropLocked(u *User, reason Reason) bool {
	delete(h.follows, u)
	if n := u.neighbour; n != nil {
		known := n.people[u.id] == u
		delete(n.people, u.id)
		return known
	}
	if !h.users[u] {
		return false
	}
	h.countLeftLocked(u, reason)
	h.keepTypedLocked(u)
	h.seenBotLocked(u.Key)
	delete(h.users, u)
	h.changedLocked(u)
	h.sources.leave(u.source.Load())
	return true
}

// Visit lets somebody do one thing, such as a command, without coming in: the
// room is not told, and the visitor is not listed. Who is here with the same
// proven key is the same person, and the visitor speaks as that one. Else it
// speaks under the name that is the key's, or that Enter would have given. The
// notice, if there is one, says why it got another than it wished. What it does it
// does in the room of v.Room, which it must be allowed to enter. A visitor has no
// use for [User.Wait] unless it follows. Errors are as with Enter. The caller must
// see to it that [User.Leave] is called in the end.
func (h *House) Visit(v Visitor) (u *User, notice *Event, err error) {
	if err := h.slowDown(&v, 1); err != nil {
		return nil, nil, err
	}
	w, where := h.wish(&v), wishRoom(v.Room)
	defer h.wakeForMove()
	h.mu.Lock()
	defer h.mu.Unlock()
	if u, err = h.admitLocked(&v); err != nil {
		return nil, nil, err
	}
	u.visiting = true
	u.ignored.Store(h.ignores[u.Key])
	if u.presence = h.people[u.Key]; u.presence == nil {
		u.presence, notice = h.presenceLocked(u, h.latestLocked(u.Key, w))
		h.usedLocked(u.presence)
	}
	if err := u.lookIntoLocked(where); err != nil {
		u.leaveLocked(Quit, "")
		return nil, nil, err
	}
	return u, notice, nil
}

// lookIntoLocked has u, who visits, act in a room without being in it.
func (u *User) lookIntoLocked(where *wish) error {
	if where == nil {
		return nil
	}
	r, err := u.existingLocked(where)
	if err != nil {
		return err
	}
	u.here().readers.Add(-1)
	r.readers.Add(1)
	u.first.room = r
	return nil
}

// admitLocked makes a user of v, if v may come in.
func (h *House) admitLocked(v *Visitor) (*User, error) {
	if h.closed {
		return nil, ErrClosed
	}
	person := h.recognizeLocked(v)
	if err := h.mayEnterLocked(v, person); err != nil {
		return nil, err
	}
	if err := h.occupiedLocked(v, person); err != nil {
		return nil, err
	}
	now := time.Now()
	u := &User{
		Key:     person,
		Since:   now,
		id:      h.nextIDLocked(now),
		visitor: *v,
		house:   h,
		onWake:  v.Wake,
		wake:    make(chan struct{}, 1),
		gone:    make(chan struct{}),
		mailbox: mailbox{space: make(chan struct{}, 1)},
	}
	u.source.Store(h.sources.enter(v.Remote, h.Limits))
	u.idle.began = u.Since
	u.settings.Store(h.settings[person])
	h.users[u] = true
	h.seenBotLocked(person)
	u.first.reader = reader{room: h.lobbyLocked(), onWake: u.onWake, wake: u.wake}
	u.at = &u.first
	u.last.Store(&u.first)
	u.here().readers.Add(1)
	return u, nil
}

// mayEnterLocked returns why somebody may not come in, or nil.
func (h *House) mayEnterLocked(v *Visitor, person string) error {
	if p := h.banLocked(v, person); p != nil {
		return p.banned()
	}
	switch {
	case h.isOperatorLocked(person):
	case h.InviteOnly && !h.isAllowedLocked(person):
		return refuse(ByInvitation)
	case h.order.Lockdown && !h.isKnownLocked(person):
		return refuse(LockedDown)
	}
	return nil
}

func (h *House) isAllowedLocked(person string) bool {
	return person != "" && (h.allowed[person] != nil || h.hasKeyLocked(person, h.Allowed))
}

// isKnownLocked reports whether a person was here before, or is meant to come.
func (h *House) isKnownLocked(person string) bool {
	return h.wasHereLocked(person) || h.isAllowedLocked(person)
}

func (h *House) wasHereLocked(person string) bool {
	switch {
	case person == "":
		return false
	case h.people[person] != nil, len(h.claimed[person]) > 0:
		return true
	case h.Archive == nil:
		return false
	}
	_, ok := h.Archive.Person(person)
	return ok
}
