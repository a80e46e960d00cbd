package room

import (
	"strconv"
	"strings"
	"time"
)

const (
	// keepPlaceEvery is how long a place may be in memory alone.
	keepPlaceEvery = time.Second

	// mostFollowed is how many places are kept, of all people in all rooms. With one
	// more the oldest is dropped.
	mostFollowed = 5000

	// leastID is the shortest number that is taken for the time of a line, in
	// nanoseconds since 1970, as programs give it back.
	leastID = 16
)

// A followed is up to where somebody has followed a room: the time of a line, which
// is one of its kind in its room and outlasts the process, as a sequence number does
// not.
type followed struct {
	At time.Time `json:"at"`

	due bool // it is going to be written
}

// follow does ssh host follow, follow last and follow TIME: from now on u, who
// visits, reads what happens in the room by [User.Wait] and [User.Take], without
// being there. It reads as long as it might come in, and sees what its settings
// leave out at a terminal. The answer has what was said before.
func (u *User) follow(args []string) (*Event, error) {
	next, after, now, err := u.beginFollowing(strings.Join(args, " "))
	if err != nil {
		return nil, err
	}
	e := &Event{Time: time.Now(), Kind: Followed, Room: u.here().name}
	if now {
		return e, nil
	}
	said := u.remembered()
	for len(said) > 0 && said[len(said)-1].Seq >= next {
		said = said[:len(said)-1]
	}
	e.Past = said[firstSince(said, after.Add(1)):]
	return e, nil
}

// beginFollowing has u read from the event next on what happens in the room. Of what was
// said before it wants what came after a moment, unless it wants to read from now on.
func (u *User) beginFollowing(since string) (next uint64, after time.Time, now bool, err error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if after, now, err = u.followAfterLocked(since); err != nil {
		return 0, after, false, err
	}
	if u.departed.Load() {
		return 0, after, false, u.reason
	}
	u.following = true
	h.changedLocked(u)
	u.settings.Store(nil)
	next, last := u.here().now()
	u.first.cursor.Store(next)
	if now {
		u.followedLocked(last)
	}
	return next, after, now, nil
}

// now returns where the conversation goes on, and the time of the last event before
// that; it is never zero.
func (r *Room) now() (next uint64, last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last = r.last; last.IsZero() {
		last = time.Unix(0, 0).UTC()
	}
	return r.head.Load(), last
}

// followAfterLocked reads after which moment somebody wants to read, or whether it
// is now.
func (u *User) followAfterLocked(since string) (after time.Time, now bool, err error) {
	switch since {
	case "":
		return after, true, nil
	case "last":
		if u.Key == "" {
			return after, false, refuse(NeedKey)
		}
		if f := u.house.places[u.followKey()]; f != nil {
			return f.At, false, nil
		}
		return after, true, nil
	}
	if id, err := strconv.ParseInt(since, 10, 64); err == nil && len(since) >= leastID {
		return time.Unix(0, id), false, nil
	}
	at, err := parseSince(since, time.Now())
	if err != nil {
		return after, false, refuse(NoTime)
	}
	return at.Add(-1), false, nil
}

// followKey is under what u's place is kept.
func (u *User) followKey() string { return u.Key + " " + u.here().identity.key }

// Followed says that u's client has the lines up to one that was said at a moment, the
// zero Time where there are none, and so many commands more of those that u was
// handed. Follow last goes on after that line, whichever session of the person asks
// for it. It is in writing soon after.
func (u *User) Followed(at time.Time, commands int) {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	u.followedLocked(at)
	u.askedLocked(commands)
}

func (u *User) followedLocked(at time.Time) {
	h, key := u.house, u.followKey()
	if u.Key == "" || at.IsZero() || u.isRevokedLocked() {
		return
	}
	f := h.places[key]
	if f == nil {
		f = &followed{}
		if len(h.places) >= mostFollowed {
			dropOldestLocked(h, tablePlaces, h.places, func(f *followed) time.Time { return f.At })
		}
		h.places[key] = f
	}
	if !at.After(f.At) {
		return
	}
	f.At = at
	if !f.due {
		f.due = true
		time.AfterFunc(keepPlaceEvery, func() { h.keepPlace(key) })
	}
}

// EndFollow has it in writing now up to where u followed, and tells those who asked for
// something that u's client may not have. It is for the end, after the last call of
// Followed.
func (u *User) EndFollow() {
	u.house.keepPlace(u.followKey())
	u.failErrands()
}

func (h *House) keepPlace(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if f := h.places[key]; f != nil && f.due {
		f.due = false
		h.writeLocked(tablePlaces, key, f)
	}
}

// movePlacesLocked gives one person's places to another, who goes on where it was.
func (h *House) movePlacesLocked(from, to string) {
	for key := range h.places {
		if in, ok := strings.CutPrefix(key, from+" "); ok {
			h.places[key].due = false
			moveLocked(h, tablePlaces, h.places, key, to+" "+in)
		}
	}
}

// followingLocked returns those who follow as the person of a presence.
func (h *House) followingLocked(p *presence) (following []*User) {
	for _, u := range h.everybodyLocked() {
		if u.following && u.Who().sign() == p.who.Load().sign() {
			following = append(following, u)
		}
	}
	return following
}

// showOutLocked ends the following of those who may not enter a room any more.
func (h *House) showOutLocked(r *Room) {
	for u := range h.users {
		if u.following && u.here() == r && u.mayEnterRoomLocked(r) != nil {
			u.leaveLocked(Kicked, GoneFromRoom, r.name)
		}
	}
}
