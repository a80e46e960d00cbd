package room

import (
	"errors"
	"hash/fnv"
	"net/netip"
	"slices"
	"time"
)

// A Session is what other houses know of somebody's session in this one.
type Session struct {
	ID          uint64     `json:"id"`
	Who         Who        `json:"who"`           // the person, of whom it may be one of several
	Fingerprint string     `json:"key,omitempty"` // of the key with which it came
	Remote      netip.Addr `json:"remote,omitzero"`
	Door        string     `json:"door"`
	Client      string     `json:"client,omitempty"`
	Since       time.Time  `json:"since"`
	Terminal    bool       `json:"terminal,omitempty"`
	Deaf        bool       `json:"deaf,omitempty"`
	Patient     bool       `json:"patient,omitempty"`
	Named       time.Time  `json:"named"`           // since when the person is called so
	Given       bool       `json:"given,omitempty"` // the name was, in place of another
	Away        time.Time  `json:"away,omitzero"`   // since when the person says that it does not read
	Why         string     `json:"why,omitempty"`
	Rooms       []string   `json:"rooms,omitempty"`   // that the person is in, beside the lobby, by key
	Follows     string     `json:"follows,omitempty"` // it is nobody there, but follows this room, by key
	Left        Reason     `json:"left,omitempty"`    // the session is over
}

// A Relay is for the one who tells other houses what happens in this one. It is
// [Followers] that also learn which sessions have changed. Deliver and SendAway may
// be called from any goroutine.
type Relay struct {
	*Followers
	sessions map[uint64]*User // that the others may know of; guarded by House.mu
	changed  map[*User]bool   // since the last time that somebody looked; so is this
}

// Relay returns the Relay of a house that is one of several with the same rooms and
// people. It must be called once, before anybody is here. The node is the name of
// this house among them.
func (h *House) Relay(node string) *Relay {
	r := &Relay{Followers: h.follow(true), sessions: map[uint64]*User{}, changed: map[*User]bool{}}
	h.mu.Lock()
	defer h.mu.Unlock()
	salt := fnv.New32a()
	salt.Write([]byte(node))
	h.relay, h.salt = r, uint64(salt.Sum32())%1023+1
	return r
}

// nextIDLocked returns what a new session is known by, in the order of arrival. In
// a house that is one of several it is another in each of them: the time, and what
// tells the houses apart.
func (h *House) nextIDLocked(now time.Time) uint64 {
	h.lastID++
	if h.salt != 0 {
		h.lastID = max(h.lastID, uint64(now.UnixMicro())<<10|h.salt)
	}
	return h.lastID
}

// changedLocked has other houses learn that a session of this one has changed.
func (h *House) changedLocked(u *User) {
	if h.relay == nil || u.neighbour != nil || u.visiting && !u.following {
		return
	}
	h.relay.changed[u] = true
	signal(nil, h.relay.wake)
}

// becomeLocked changes what others see of a person.
func (h *House) becomeLocked(p *presence, who *Who) {
	p.who.Store(who)
	h.allChangedLocked(p)
}

// allChangedLocked is changedLocked for all of a person's sessions.
func (h *House) allChangedLocked(p *presence) {
	for _, u := range p.sessions {
		h.changedLocked(u)
	}
}

// Changed returns the sessions that have changed since the last call of it, those that
// are over among them.
func (r *Relay) Changed() (changed []Session) {
	h := r.house
	h.mu.Lock()
	defer h.mu.Unlock()
	for u := range r.changed {
		if s := u.sessionLocked(); s.Left == "" {
			r.sessions[u.id] = u
			changed = append(changed, s)
		} else if r.sessions[u.id] != nil {
			delete(r.sessions, u.id)
			changed = append(changed, s)
		}
	}
	clear(r.changed)
	slices.SortFunc(changed, func(a, b Session) int { return a.Since.Compare(b.Since) })
	return changed
}

// All returns all sessions. It is for one house that asks, so what is new among them is
// still for Changed to tell: the others have not asked.
func (r *Relay) All() (all []Session) {
	h := r.house
	h.mu.Lock()
	defer h.mu.Unlock()
	for u := range h.users {
		if !u.visiting || u.following {
			r.sessions[u.id] = u
			all = append(all, u.sessionLocked())
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return a.Since.Compare(b.Since) })
	return all
}

func (u *User) sessionLocked() Session {
	v, p := &u.visitor, u.presence
	s := Session{
		ID: u.id, Who: *p.who.Load(), Fingerprint: v.Key, Remote: v.Remote, Door: v.Door, Client: Clean(v.Client),
		Since: u.Since, Terminal: v.Terminal, Deaf: v.Deaf, Patient: v.Patient, Given: p.given, Named: p.named,
	}
	if a := p.absent.Load(); a != nil {
		s.Away, s.Why = a.since, a.why
	}
	for _, r := range p.rooms {
		s.Rooms = append(s.Rooms, r.identity.key)
	}
	if u.following {
		s.Follows = u.here().identity.key
	}
	if !u.house.users[u] {
		s.Left = u.reason
	}
	return s
}

// ErrGone means that a session is over.
var ErrGone = errors.New("room: the session is over")

// session returns a session of this house, or nil where it is over.
func (r *Relay) session(id uint64) *User {
	r.house.mu.Lock()
	defer r.house.mu.Unlock()
	if u := r.sessions[id]; r.house.users[u] {
		return u
	}
	return nil
}

// Deliver hands what somebody in another house has for a session of this one over
// to it. The error is a [Refusal], or [ErrGone].
func (r *Relay) Deliver(id uint64, e *Event) error {
	u := r.session(id)
	if u == nil {
		return ErrGone
	}
	if e.Kind == Commanded {
		return u.takeErrand(e)
	}
	if e.Kind == Told {
		e.To = u.Who()
		switch {
		case u.visitor.Deaf:
			return refuse(CannotBeTold, e.To.Name)
		case u.ignores(e):
			return refuse(Ignored, e.To.Name)
		}
	}
	if !u.post(e) {
		if u.mailbox.isClosed() {
			return ErrGone
		}
		return refuse(MailboxFull, u.Who().Name)
	}
	if e.Kind == Told {
		u.presence.teller.Store(e.Who)
	}
	return nil
}

// Announce says something to everybody in this house, and in no other.
func (r *Relay) Announce(p Phrase, args ...any) {
	h := r.house
	h.mu.Lock()
	rooms := h.sortedRoomsLocked()
	h.mu.Unlock()
	for _, one := range rooms {
		one.announce(&Event{Time: time.Now(), Kind: Announced, Who: &Who{}, Phrase: p, Args: args, From: "-"})
		one.wake()
	}
}

// SendAway ends a session of this house, for what was decided in another. The error
// is [ErrGone].
func (r *Relay) SendAway(id uint64, reason Reason, farewell Phrase, args ...any) error {
	u := r.session(id)
	if u == nil {
		return ErrGone
	}
	u.leave(reason, farewell, args...)
	return nil
}
