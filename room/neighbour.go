package room

import (
	"errors"
	"maps"
	"slices"
	"time"
)

// A Home is how a house reaches people who are at home in another one.
type Home interface {
	// Hand hands an event to a session there, and waits until it has it, for some
	// seconds at most. The error is a [Refusal], [ErrGone] or [ErrNotReached].
	Hand(id uint64, e *Event) error
	// SendAway ends a session there, and waits in the same way. The error is
	// [ErrGone] or [ErrNotReached].
	SendAway(id uint64, reason Reason, farewell Phrase, args []any) error
	// Post hands over a notice that may get lost on the way. It does not wait.
	Post(id uint64, e *Event)
}

// ErrNotReached means that another house does not answer: nobody knows whether
// something was done there.
var ErrNotReached = errors.New("room: the other house does not answer")

// A Neighbour is another house with the same rooms, whose people are here, too. They
// are users of this house like others, whom one sees, tells, and kicks, but for
// their readers and writers: those are there. What they say comes by Hear.
//
// Each house decides what its own people are called. Where two houses gave out one
// name at the same time, all find the same one to have it; its house renames the
// other one, who meanwhile goes by another name here.
//
// One goroutine uses it, and all others of the house.
type Neighbour struct {
	name   string
	house  *House
	home   Home
	people map[uint64]*User // by session; guarded by House.mu
	now    *heard           // of the process that is there
}

// mostHeard is of how many processes a house knows what it heard of them. Each time that a
// neighbour is started it is one more.
const mostHeard = 1000

// heard is what was heard of what a process said.
type heard struct {
	last map[string]uint64 // the number there of the last event, by room
	read map[placed]bool   // events after those, that were found in the store
}

// placed is where an event stands at its home.
type placed struct {
	room string
	seq  uint64
}

// Neighbour returns the Neighbour of a name, where nobody is yet as far as this
// house knows.
func (h *House) Neighbour(name string, home Home) *Neighbour {
	n := &Neighbour{name: name, house: h, home: home, people: map[uint64]*User{}, now: newHeard(nil)}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.neighbours = append(h.neighbours, n)
	return n
}

// Begin says that a process of an identity is there from now on, which numbers its events
// anew, and which of those this house has already, by room.
func (n *Neighbour) Begin(identity string, has map[string]uint64) {
	n.Know(identity, has)
	n.now = n.house.heard[identity]
}

// Know says that HearStored may be called for a process of an identity, be it a neighbour's
// or not, of which this house has some events already, by room. What was heard of it before
// stays known.
func (n *Neighbour) Know(identity string, has map[string]uint64) {
	h := n.house
	if h.heard[identity] != nil {
		return
	}
	if len(h.heard) >= mostHeard {
		maps.DeleteFunc(h.heard, func(_ string, one *heard) bool { return !h.isNow(one) })
	}
	h.heard[identity] = newHeard(has)
}

// isNow reports whether something is what was heard of a process that is there.
func (h *House) isNow(one *heard) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.ContainsFunc(h.neighbours, func(n *Neighbour) bool { return n.now == one })
}

func newHeard(has map[string]uint64) *heard {
	one := &heard{last: map[string]uint64{}, read: map[placed]bool{}}
	maps.Copy(one.last, has)
	return one
}

// Forget says that nothing comes any more of the neighbour, of whom nobody is here.
func (n *Neighbour) Forget() {
	n.house.mu.Lock()
	defer n.house.mu.Unlock()
	n.house.neighbours = slices.DeleteFunc(n.house.neighbours, func(other *Neighbour) bool { return other == n })
}

// Hear has a room go on with an event of the neighbour's, whose Seq is that there.
// What was heard before is left out. It reports false where there is no such room.
func (n *Neighbour) Hear(room string, e *Event) bool {
	seq, at := e.Seq, placed{room, e.Seq}
	if seq <= n.now.last[room] {
		return true
	}
	if !n.now.read[at] && !n.goOn(room, e) {
		return false
	}
	delete(n.now.read, at)
	n.now.last[room] = seq
	return true
}

// HearStored is Hear for what a process has in the store, which is only a part of what
// happened: the rest may still be heard.
func (n *Neighbour) HearStored(identity, room string, e *Event) {
	h, at := n.house.heard[identity], placed{room, e.Seq}
	if h != nil && e.Seq > h.last[room] && !h.read[at] && n.goOn(room, e) {
		h.read[at] = true
	}
}

// goOn has a room go on with an event, unless that happened before it was founded. It
// reports false where there is no such room.
func (n *Neighbour) goOn(room string, e *Event) bool {
	r, others, late := n.place(room, e)
	switch {
	case r == nil:
		return false
	case late:
		return true
	}
	e.From = n.name
	r.announce(e)
	r.wake()
	for _, other := range others {
		other.forgetBefore(e.Who, e.Time)
	}
	return true
}

// Remembers reports whether a room still has what it went on with: a line that is neither
// forgotten nor beyond the limits, in a room that is not closed.
func (n *Neighbour) Remembers(room string, e *Event) bool {
	n.house.mu.Lock()
	r := n.house.rooms[room]
	n.house.mu.Unlock()
	switch {
	case r == nil:
		return false
	case e.Kind == Forgot:
		return true
	}
	said := r.remembered()
	at, ok := searchSeq(said, e.Seq)
	return ok && said[at] == e
}

// place returns the room that an event is of, or nil, those that are to forget, too, and
// whether it happened before the room was founded.
func (n *Neighbour) place(room string, e *Event) (r *Room, others []*Room, late bool) {
	h := n.house
	h.mu.Lock()
	defer h.mu.Unlock()
	r = h.rooms[room]
	if room == Lobby {
		r = h.lobbyLocked()
	}
	if e.Kind == Forgot {
		h.forgetTypedLocked(e.Who.Key)
		if room == Lobby { // other rooms are told where there is something as far as is known there
			others = h.sortedRoomsLocked()
		}
	} else {
		e.Who = n.whoLocked(e.Who)
	}
	return r, others, r != nil && r.isBeforeLocked(e)
}

// whoLocked returns somebody as this house knows the person.
func (n *Neighbour) whoLocked(who *Who) *Who {
	if who == nil {
		return nil
	}
	if u := n.people[who.ID]; u != nil {
		u.idle.touch()
		if p := u.presence; p.wished != "" || p.who.Load().Name == who.Name {
			return p.who.Load()
		}
	}
	return mendWho(who)
}

// Meet learns of sessions that have come, changed or ended.
func (n *Neighbour) Meet(sessions []Session) {
	defer n.house.wakeForMove()
	n.house.mu.Lock()
	defer n.house.mu.Unlock()
	n.house.sweepRoomsLocked() // first: a room that is over is not the one where somebody is now
	for i := range sessions {
		n.meetLocked(&sessions[i])
	}
	n.house.grantWishesLocked()
}

// MeetAll learns of all sessions that there are.
func (n *Neighbour) MeetAll(sessions []Session) {
	n.dropOthers(sessions)
	n.Meet(sessions)
}

// dropOthers ends the sessions that are not among some.
func (n *Neighbour) dropOthers(sessions []Session) {
	n.house.mu.Lock()
	defer n.house.mu.Unlock()
	there := map[uint64]bool{}
	for i := range sessions {
		there[sessions[i].ID] = true
	}
	for id, u := range n.people {
		if !there[id] {
			u.leaveLocked(HungUp, "")
		}
	}
}

// LostTime is after how long without a word from a neighbour its people have left,
// and reserveTime for how long after that their names are nobody else's.
const (
	LostTime    = 10 * time.Second
	reserveTime = 20 * time.Second
)

// Lose has the neighbour's people leave: it does not answer any more, for [LostTime].
func (n *Neighbour) Lose() {
	n.endAll(Lost, func(p *presence) { n.house.reserveLocked(p, reserveTime) })
}

// Leave has them leave because their house is closed.
func (n *Neighbour) Leave() { n.endAll(Stopping, func(*presence) {}) }

func (n *Neighbour) endAll(reason Reason, before func(*presence)) {
	defer n.house.wakeForMove()
	n.house.mu.Lock()
	defer n.house.mu.Unlock()
	for _, u := range n.people {
		before(u.presence)
		u.leaveLocked(reason, "")
	}
}

func (n *Neighbour) meetLocked(s *Session) {
	u := n.people[s.ID]
	switch {
	case s.Left != "" && u != nil:
		u.leaveLocked(s.Left, "")
	case s.Left != "":
	case u == nil:
		n.welcomeLocked(s)
	default:
		n.changeLocked(u, s)
	}
}

// welcomeLocked has somebody be here who came in there.
func (n *Neighbour) welcomeLocked(s *Session) {
	h := n.house
	u := n.userLocked(s)
	n.people[u.id] = u
	if s.Follows != "" {
		n.followLocked(u, s)
		return
	}
	if p := h.people[u.Key]; p != nil {
		u.besideLocked(p)
		n.changeLocked(u, s)
		return
	}
	p := &presence{given: s.Given, named: s.Named}
	p.pace.Store(h.paceLocked(u.Key))
	u.presence = p
	p.addLocked(u)
	who := s.Who
	p.who.Store(&who)
	name, id := h.contendLocked(p, s.Who.Name)
	called := who
	called.Name, called.folded = name, foldName(name)
	p.identity = id
	p.who.Store(&called)
	h.enterLocked(p)
	h.tellRoomsLocked(p, &Event{Time: time.Now(), Kind: Joined, Who: &called})
	n.changeLocked(u, s)
}

// followLocked has somebody be known who follows a room there, and is nobody here.
func (n *Neighbour) followLocked(u *User, s *Session) {
	who := s.Who
	u.visiting, u.following, u.presence = true, true, &presence{}
	n.house.follows[u] = true
	u.presence.who.Store(&who)
	if r := n.house.rooms[s.Follows]; r != nil {
		u.here().readers.Add(-1)
		r.readers.Add(1)
		u.first.room = r
	}
}

// userLocked makes a user of somebody else's session.
func (n *Neighbour) userLocked(s *Session) *User {
	h := n.house
	u := &User{
		Key:       s.Who.Key,
		Since:     s.Since,
		id:        s.ID,
		house:     h,
		neighbour: n,
		atHome:    s,
		visitor: Visitor{
			Key: s.Fingerprint, Address: s.Who.Address, Remote: s.Remote, Door: s.Door, Client: s.Client,
			Unnamed: s.Who.Unnamed, Deaf: s.Deaf, Patient: s.Patient, Terminal: s.Terminal,
		},
		onWake:  func() {},
		gone:    make(chan struct{}),
		mailbox: mailbox{space: make(chan struct{}, 1)},
	}
	u.idle.began = s.Since
	u.ignored.Store(h.ignores[u.Key])
	u.settings.Store(h.settings[u.Key])
	u.first.reader = reader{room: h.lobbyLocked(), onWake: u.onWake}
	u.at = &u.first
	u.last.Store(&u.first)
	u.here().readers.Add(1)
	return u
}

// besideLocked makes u one more session of a person who is here. Of two terminals
// the later one stays; the other houses find the same.
func (u *User) besideLocked(p *presence) {
	old := p.terminal
	u.presence = p
	p.addLocked(u)
	switch {
	case old == nil || !u.visitor.Terminal:
	case old.Since.After(u.Since):
		p.terminal = old
	case old.neighbour == nil:
		old.heir = u
		old.leaveLocked(TakenOver, TakenOver.Phrase())
	}
}

// changeLocked has what others see of u be what it is at home.
func (n *Neighbour) changeLocked(u *User, s *Session) {
	h, p := n.house, u.presence
	if u.following {
		return
	}
	known := *s // which holds no others in memory
	u.atHome = &known
	switch {
	case p.isOurs() && !s.Terminal: // a program there is no sign of anybody
	case s.Away.IsZero():
		p.absent.Store(nil)
	default:
		p.absent.Store(&absence{why: s.Why, since: s.Away})
	}
	n.nameLocked(u, s)
	if p.isOurs() { // the rest is as we say, who have the same book
		return
	}
	who := *p.who.Load()
	who.Verified, who.Bot, who.Unnamed = s.Who.Verified, s.Who.Bot, s.Who.Unnamed
	p.who.Store(&who)
	h.placeLocked(p)
}

// heedHomeLocked has somebody who is not in this house any more, but in others, be what
// it is there: they may not have heard of what it did here last.
func (h *House) heedHomeLocked(p *presence) {
	if p.isOurs() || len(p.sessions) == 0 {
		return
	}
	u := p.sessions[0]
	u.neighbour.changeLocked(u, u.atHome)
}

// nameLocked has u be called what it is called at home, if it can be.
func (n *Neighbour) nameLocked(u *User, s *Session) {
	h, p := n.house, u.presence
	was := *p.who.Load()
	if was.Name == s.Who.Name {
		h.wishLocked(p, "")
		return
	}
	if p.isOurs() && !s.Named.After(p.named) { // what it was called last counts
		h.wishLocked(p, s.Who.Name) // so it is called there until they hear of that
		return
	}
	p.named = s.Named
	if wished, err := checkName(s.Who.Name); p.wished == s.Who.Name && (err != nil || h.heldLocked(wished, p) != nil) {
		return // and is granted when it is free
	}
	name, id := h.contendLocked(p, s.Who.Name)
	if name == was.Name {
		return
	}
	h.callLocked(p, name, id)
}

// placeLocked has somebody be in the rooms where it is at home, as far as there are
// such rooms here yet.
func (h *House) placeLocked(p *presence) {
	var there []string
	for _, u := range p.sessions {
		there = append(there, u.atHome.Rooms...)
	}
	for _, r := range slices.Clone(p.rooms) {
		if !slices.Contains(there, r.identity.key) {
			h.leaveRoomLocked(p, r, Quit)
		}
	}
	for _, key := range there {
		if r := h.rooms[key]; r != nil && key != Lobby && !r.members[p] {
			h.enterRoomLocked(p, r)
		}
	}
}
