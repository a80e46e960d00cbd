package room

import (
	"net/netip"
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/reply"
)

// A ClientInfo is what a door knows of somebody who knocks.
type ClientInfo struct {
	RequestedName     string        // the name wished for
	Unnamed           bool          // the door asks for no name: there the address stands for it
	Address           string        // what the classic doors show for an address
	Remote            netip.Addr    // where it comes from; operators alone see it
	Fingerprint       string        // the fingerprint of a proven public key, or ""
	FormerFingerprint string        // what older versions took for it, or ""; proven, too
	Door              string        // how it came: ssh, classic, ...
	Client            string        // the program it uses, as far as it says so
	Idle              time.Duration // how long one may be idle; 0 means for ever
	Warn              time.Duration // how long before that a warning comes; none does unless it is less than Idle
	NoDirect          bool          // cannot be shown private messages
	Room              string        // where one who visits acts; "" is the lobby

	// Terminal says that somebody sits there and reads. A terminal takes over
	// from another with the same key, as TakesOver says; pipes and commands speak
	// beside it.
	Terminal bool
	Takeover TakeoverMode
	// Scripted says that what comes is read no faster than it may be acted on, for as
	// long as that takes: so with programs, whose own writing waits then. Nobody is
	// muted for it, and nothing is refused for having come too fast.
	Scripted bool

	// Done is closed when the client is gone: for what it had sent before nobody waits
	// any more. It may be nil.
	Done <-chan struct{}

	// LastHeard returns when the client was known to be there last, beside what it
	// typed. It must not wait. It may be nil.
	LastHeard func() time.Time

	// OnWake is called when there may be something for Take, by whoever brought
	// it about: it must not wait. It serves doors that have one goroutine write
	// for many users; if it is nil, Wait is what wakes up.
	OnWake func()
}

// Enter brings somebody into the lobby and tells the room. The name is the one
// wished for or, where that is taken or not allowed, the next free one: then a
// notice in the mailbox says so. Who is here already with the same key is the
// same person: it goes by the name it has, the room is told nothing, and where
// both are at a terminal the newcomer takes over, or is told that it does not, with an
// [*SessionConflictError]. Where more come and go from one
// address than the [Limits] allow it waits. The error is a [*Refusal] for who may
// not enter, or [ErrClosed]. The caller must see to it that [Session.Leave]
// is called in the end.
func (h *Hub) Enter(ci ClientInfo) (*Session, error) {
	if err := h.throttleAddress(&ci, 2); err != nil { // a coming and a going, for everybody to read
		return nil, err
	}
	rn := h.parseRequestedName(&ci)
	h.mu.Lock()
	s, err := h.admitLocked(&ci)
	if err != nil {
		h.mu.Unlock()
		return nil, err
	}
	var notice *Notice
	if u := h.online.byPerson[s.Person]; u != nil {
		s.attachLocked(u)
	} else {
		notice = h.announceJoinLocked(s, rn)
	}
	h.mu.Unlock()
	h.wakeForJoinLeave()
	if notice != nil {
		s.post(notice)
	}
	s.idle.start(s, ci.Idle, ci.Warn)
	return s, nil
}

// announceJoinLocked makes s's presence and tells the room. The notice, if there is
// one, tells s why it is not called what it wished.
func (h *Hub) announceJoinLocked(s *Session, rn *requestedName) (notice *Notice) {
	var u *user
	u, notice = h.newUserLocked(s, rn)
	if r := h.acquireNameLocked(s, u); r != nil {
		notice = NewNotice(r.Code, r.Args...)
	}
	h.online.add(u)
	s.user = u
	u.addLocked(s)
	s.ignoreList.Store(h.ignoreLists.Get(s.Person))
	joined := &Event{Time: s.Since, Kind: Joined, User: s.User()}
	s.room().announce(joined)
	h.joinLeaveRooms = append(h.joinLeaveRooms, s.room())
	s.joinSeq = joined.Seq
	s.firstView.cursor.Store(joined.Seq) // the first event that s reads is its own joining
	return notice
}

// attachLocked makes s another session of a person who is here. At a terminal it
// takes the place of the session that was at one; of one in another house, that house
// sees to it when it hears of s.
func (s *Session) attachLocked(u *user) {
	old := u.terminal
	s.user, s.readUpTo = u, u.terminalLeftAt
	u.addLocked(s)
	s.ignoreList.Store(s.hub.ignoreLists.Get(s.Person))
	if old == nil || !s.client.Terminal {
		s.joinSeq = s.firstView.start(nil)
		if s.client.Terminal {
			s.unseen = u.unseenMessagesLocked(s) // what only went to a pipe
			s.mailbox.adoptUnseen(s.unseen, s.Since)
		}
		return
	}
	u.noteTakeover(s)
	if old.peer != nil {
		s.joinSeq, s.readUpTo = s.firstView.start(nil), old.lastAlive()
		return
	}
	s.takeOverViewLocked(old)
	s.readUpTo, s.unseen = old.lastAlive(), old.unseenMessages()
	s.mailbox.adoptUnseen(s.unseen, s.Since)
	u.removeLocked(old)
	s.hub.removeSessionLocked(old, TakenOver)
	old.idle.stop()
	old.signal()
}

// takeOverViewLocked sits s down where another session sat, which has to get up, and has
// it watch the rooms that the other one watched.
func (s *Session) takeOverViewLocked(old *Session) {
	lobby, r := s.room(), old.room()
	if r != lobby {
		lobby.readers.Add(-1)
		r.readers.Add(1)
		s.firstView.room = r
	}
	if list := old.unreadWatches.Load(); list != nil {
		var mine []*unreadWatch
		for _, w := range *list {
			watched := s.newUnreadWatch(w.room)
			watched.seenCount = w.seenCount
			mine = append(mine, watched)
		}
		s.unreadWatches.Store(&mine)
	}
	s.joinSeq = s.firstView.start(old)
}

// removeSessionLocked takes s, which leaves, off the house. It reports whether that was
// still to be done.
func (h *Hub) removeSessionLocked(s *Session, reason Reason) bool {
	delete(h.followSessions, s)
	if pr := s.peer; pr != nil {
		known := pr.sessions[s.id] == s
		delete(pr.sessions, s.id)
		return known
	}
	if !h.sessions[s] {
		return false
	}
	h.countDepartureLocked(s, reason)
	h.saveInputHistoryLocked(s)
	h.touchBotLocked(s.Person)
	delete(h.sessions, s)
	h.sessionChangedLocked(s)
	h.addressLimits.release(s.addressLimit.Load())
	return true
}

// Exec lets somebody do one thing, such as a command, without coming in: the
// room is not told, and the visitor is not listed. Who is here with the same
// proven key is the same person, and the visitor speaks as that one. Else it
// speaks under the name that is the key's, or that Enter would have given. The
// notice, if there is one, says why it got another than it wished. What it does it
// does in the room of ci.Room, which it must be allowed to enter. A visitor has no
// use for [Session.Wait] unless it follows. Errors are as with Enter. The caller must
// see to it that [Session.Leave] is called in the end.
func (h *Hub) Exec(ci ClientInfo) (s *Session, notice *Notice, err error) {
	if err := h.throttleAddress(&ci, 1); err != nil {
		return nil, nil, err
	}
	rn, where := h.parseRequestedName(&ci), parseRequestedRoom(ci.Room)
	defer h.wakeForJoinLeave()
	h.mu.Lock()
	defer h.mu.Unlock()
	if s, err = h.admitLocked(&ci); err != nil {
		return nil, nil, err
	}
	s.oneShot = true
	s.ignoreList.Store(h.ignoreLists.Get(s.Person))
	if s.user = h.online.byPerson[s.Person]; s.user == nil {
		s.user, notice = h.newUserLocked(s, h.latestOwnNameLocked(s.Person, rn))
		h.touchNameDailyLocked(s.user)
	}
	if err := s.setExecRoomLocked(where); err != nil {
		s.leaveLocked(Quit, "")
		return nil, nil, err
	}
	return s, notice, nil
}

// setExecRoomLocked has s, who visits, act in a room without being in it.
func (s *Session) setExecRoomLocked(where *requestedName) error {
	if where == nil {
		return nil
	}
	r, err := s.existingRoomLocked(where)
	if err != nil {
		return err
	}
	s.room().readers.Add(-1)
	r.readers.Add(1)
	s.firstView.room = r
	return nil
}

// admitLocked makes a user of ci, if ci may come in.
func (h *Hub) admitLocked(ci *ClientInfo) (*Session, error) {
	if h.closed {
		return nil, ErrClosed
	}
	person := h.identifyLocked(ci)
	if err := h.mayEnterLocked(ci, person); err != nil {
		return nil, err
	}
	if err := h.sessionConflictLocked(ci, person); err != nil {
		return nil, err
	}
	now := time.Now()
	s := &Session{
		Person:  person,
		Since:   now,
		id:      h.nextSessionIDLocked(now),
		client:  *ci,
		hub:     h,
		onWake:  ci.OnWake,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		mailbox: mailbox{emptied: make(chan struct{}, 1)},
	}
	s.addressLimit.Store(h.addressLimits.acquire(ci.Remote, h.Limits))
	s.idle.startedAt = s.Since
	s.settings.Store(h.settings.Get(person))
	h.sessions[s] = true
	h.touchBotLocked(person)
	s.firstView.logReader = logReader{room: h.lobbyLocked(), onWake: s.onWake, wake: s.wake}
	s.readView = &s.firstView
	s.speakView.Store(&s.firstView)
	s.room().readers.Add(1)
	return s, nil
}

// mayEnterLocked returns why somebody may not come in, or nil.
func (h *Hub) mayEnterLocked(ci *ClientInfo, person string) error {
	verdict, ban := h.moderation.Admit(moderation.Visitor{
		Person: person, Addrs: countedAddrs(ci.Remote), WasHere: func() bool { return h.wasSeenLocked(person) },
	}, h.InviteOnly)
	switch verdict {
	case moderation.Banned:
		return banRefusal(ban)
	case moderation.NotInvited:
		return reply.Refuse(reply.ByInvitation)
	case moderation.LockedDown:
		return reply.Refuse(reply.LockedDown)
	}
	return nil
}

func (h *Hub) wasSeenLocked(person string) bool {
	switch {
	case person == "":
		return false
	case h.online.byPerson[person] != nil, len(h.names.Of(person)) > 0:
		return true
	case h.Messages == nil:
		return false
	}
	_, ok := h.Messages.Account(person)
	return ok
}
