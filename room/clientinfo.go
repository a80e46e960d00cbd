package room

import (
	"context"
	"net/netip"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
)

// A ClientInfo is what a door knows about a client that wants to enter.
type ClientInfo struct {
	RequestedName     string          // the name that the client asks for
	Unnamed           bool            // the door asks for no name and shows the address instead
	Address           string          // the address as the classic doors show it
	Remote            netip.Addr      // the network address; only operators see it
	Fingerprint       ids.Fingerprint // the fingerprint of a proven public key, or ""
	FormerFingerprint ids.Fingerprint // the fingerprint as older versions computed it, or ""; also proven
	Door              string          // the kind of door: ssh, classic, ...
	Client            string          // the client program, as far as it says
	Idle              time.Duration   // the idle timeout; 0 means none
	Warn              time.Duration   // how long before the timeout to warn; no warning unless it is less than Idle
	NoPrivateMessages bool            // the client cannot show private messages
	Room              string          // the room in which a one-shot session acts; "" is the lobby

	// Terminal says that a person reads at a terminal. A terminal takes over from another one with
	// the same key, as Takeover says; pipes and commands run beside it.
	Terminal bool
	Takeover TakeoverMode
	// Scripted says that the client's input is read no faster than it may be acted on, however long
	// that takes, as with programs, whose own writes block meanwhile. Such a session is never muted
	// or refused for sending too fast.
	Scripted bool

	// Done is closed when the client is gone: nobody then waits for the effect of what it sent
	// before. It may be nil.
	Done <-chan struct{}

	// LastHeard returns when the client was last known to be connected, other than by its input. It
	// must not wait. It may be nil.
	LastHeard func() time.Time

	// Waker is told when there may be something to Take, on the goroutine that caused it, possibly
	// under Hub.mu: it must not wait. It serves doors in which one goroutine writes for many
	// sessions. If it is nil, Wait wakes up instead.
	Waker Waker
}

// Enter brings a client into the lobby and tells the room. Its name is the requested one or, if
// that is taken or not allowed, the next free one; a notice in the mailbox then says so.
//
// If the person is already online with the same key, the new session joins that user: it uses the
// user's name, and the room is told nothing. If both are at a terminal, the new one takes over, or
// Enter fails with a [*SessionConflictError].
//
// If more sessions come and go from one address than the [Limits] allow, Enter waits, until ctx ends;
// once it has returned, ctx has no effect. The error is a [*reply.Refusal] if the client may not
// enter, [ErrClosed], or that of ctx. The caller must make sure that [Session.Leave] is called in the
// end.
func (h *Hub) Enter(ctx context.Context, ci ClientInfo) (*Session, error) {
	if err := throttleAddress(ctx, h, &ci, 2); err != nil { // a coming and a going, for everybody to read
		return nil, err
	}
	rn := parseRequestedName(h, &ci)
	st := h.Lock()
	s, err := st.admit(&ci)
	if err != nil {
		st.Unlock()
		return nil, err
	}
	var notice *Notice
	if u := st.Online.ByPerson[s.Person]; u != nil {
		st.attach(s, u)
	} else {
		notice = st.announceJoin(s, rn)
	}
	st.Unlock()
	if notice != nil {
		s.Post(notice)
	}
	s.idle.start(s, ci.Idle, ci.Warn)
	return s, nil
}

// announceJoin creates the user of s and tells the room. The notice, which may be nil, tells
// s why it did not get the name it asked for.
func (st *State) announceJoin(s *Session, rn *RequestedName) (notice *Notice) {
	var u *User
	u, notice = st.Naming.newUser(s, rn)
	if r := st.Naming.Acquire(s, u); r != nil {
		notice = NewNotice(r.Code, r.Args...)
	}
	st.Online.Add(u)
	s.User = u
	u.addLocked(s)
	s.IgnoreList.Store(st.IgnoreLists.Get(s.Person))
	joined := &Event{Time: s.Since, Kind: Joined, User: s.UserInfo()}
	s.Room().Append(joined)
	st.Rooms.joinLeave = append(st.Rooms.joinLeave, s.Room())
	s.joinSeq = joined.Seq
	s.inbox.StartAt(joined.Seq) // the first event that s reads is its own joining
	return notice
}

// attach adds s to a user who is already online. At a terminal, s takes the place of the
// session that was at one. If that session is at another node, that node ends it when it learns of
// s.
func (st *State) attach(s *Session, u *User) {
	old := u.Terminal
	s.User, s.readUpTo = u, u.terminalLeftAt
	u.addLocked(s)
	s.IgnoreList.Store(st.IgnoreLists.Get(s.Person))
	if old == nil || !s.Client.Terminal {
		s.joinSeq = s.inbox.StartNow()
		if s.Client.Terminal {
			s.unseen = u.unseenMessagesLocked(s) // what only went to a pipe
			s.inbox.AdoptUnseen(s.unseen, s.Since)
		}
		return
	}
	u.noteTakeover(s)
	if old.node != nil {
		s.joinSeq, s.readUpTo = s.inbox.StartNow(), lastAlive(old)
		return
	}
	takeOver(s, old)
	s.readUpTo, s.unseen = lastAlive(old), TakeUnseenMessages(old)
	s.inbox.AdoptUnseen(s.unseen, s.Since)
	u.removeLocked(old)
	st.removeSession(old, TakenOver)
	old.idle.stop()
	old.inbox.Signal()
}

// takeOver makes s go on where old, whose place it takes, stops reading.
func takeOver(s *Session, old *Session) {
	if r := old.Room(); r != s.Room() {
		lookAt(s, r)
	}
	s.inbox.AdoptWatches(&old.inbox)
	endReading(old, TakenOver, event.NewFarewell(TakenOver, TakenOver.Code(), nil))
	s.joinSeq = s.inbox.StartNow()
}

// removeSession removes s, which is leaving, from the hub. It reports whether s was still
// there.
func (st *State) removeSession(s *Session, reason Reason) bool {
	delete(st.Following, s)
	if s.node != nil {
		known := st.remoteSessions[s]
		delete(st.remoteSessions, s)
		return known
	}
	if !st.Sessions[s] {
		return false
	}
	st.countDeparture(s, reason)
	st.People.saveInputHistory(s)
	st.People.touchBot(s.Person)
	delete(st.Sessions, s)
	st.sessionChanged(s)
	st.Access.addressLimits.Release(s.Meter.Address())
	return true
}

// Exec opens a session that runs one command, without entering: the room is not told, and the
// session is not listed. If the person is online with the same key, the session speaks as that
// user. Otherwise it speaks under the name that the person owns, or that Enter would have assigned;
// the notice, which may be nil, says why it is not the requested one.
//
// The session acts in the room ci.Room, which it must be allowed to enter. It needs [Session.Wait]
// only to follow the room. Errors are as for Enter. The caller must make sure that [Session.Leave]
// is called in the end.
func (h *Hub) Exec(ctx context.Context, ci ClientInfo) (s *Session, notice *Notice, err error) {
	if err := throttleAddress(ctx, h, &ci, 1); err != nil {
		return nil, nil, err
	}
	rn, where := parseRequestedName(h, &ci), ParseRoomName(ci.Room)
	st := h.Lock()
	defer st.Unlock()
	if s, err = st.admit(&ci); err != nil {
		return nil, nil, err
	}
	s.OneShot = true
	s.IgnoreList.Store(st.IgnoreLists.Get(s.Person))
	if s.User = st.Online.ByPerson[s.Person]; s.User == nil {
		s.User, notice = st.Naming.newUser(s, st.Naming.latestOwn(s.Person, rn))
		st.Naming.touchDaily(s.User)
	}
	if err := st.setExecRoom(s, where); err != nil {
		st.leave(s, Quit, "")
		return nil, nil, err
	}
	return s, notice, nil
}

// setExecRoom makes s, a one-shot session, act in a room without joining it.
func (st *State) setExecRoom(s *Session, where *RequestedName) error {
	if where == nil {
		return nil
	}
	r, err := st.Rooms.existing(s, where)
	if err != nil {
		return err
	}
	lookAt(s, r)
	return nil
}

// admit returns a new session for ci, if it may enter.
func (st *State) admit(ci *ClientInfo) (*Session, error) {
	if st.closed {
		return nil, ErrClosed
	}
	person := st.People.identify(ci)
	if err := st.Access.mayEnter(ci, person); err != nil {
		return nil, err
	}
	if err := st.Access.sessionConflict(ci, person); err != nil {
		return nil, err
	}
	now := time.Now()
	s := &Session{
		Person: person,
		Since:  now,
		id:     st.nextSessionID(now),
		Client: *ci,
		hub:    st.hub,
	}
	s.Meter.Init(waiter{s}, st.hub.scans)
	s.Meter.SetAddress(st.Access.addressLimits.Acquire(ci.Remote, st.Policy.Limits))
	s.idle.startedAt = s.Since
	s.settings.Store(st.Settings.Get(person))
	st.Sessions[s] = true
	st.People.touchBot(person)
	startReading(s, st.Rooms.Lobby(), ci.Waker)
	return s, nil
}

// mayEnter returns why a client may not enter, or nil.
func (a *Access) mayEnter(ci *ClientInfo, person ids.Account) error {
	verdict, ban := a.st.Moderation.Admit(moderation.Visitor{
		Person: person, Addrs: CountedAddrs(ci.Remote), WasHere: func() bool { return a.st.People.wasSeen(person) },
	}, a.st.Policy.InviteOnly)
	switch verdict {
	case moderation.Banned:
		return moderation.BanRefusal(ban)
	case moderation.NotInvited:
		return reply.Refuse(reply.ByInvitation)
	case moderation.LockedDown:
		return reply.Refuse(reply.LockedDown)
	}
	return nil
}

func (p *People) wasSeen(person ids.Account) bool {
	switch {
	case person == "":
		return false
	case p.st.Online.ByPerson[person] != nil, len(p.st.Names.Of(person)) > 0:
		return true
	case p.st.hub.config.Messages == nil:
		return false
	}
	_, ok := p.st.hub.config.Messages.Account(person)
	return ok
}
