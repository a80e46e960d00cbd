package room

import (
	"strconv"
	"strings"
	"time"
)

const (
	// keepPlaceEvery is how long a place may be in memory alone.
	keepPlaceEvery = time.Second

	// mostFollowed is how many places are kept, of all people in all rooms, mostFollowedByOne
	// how many of one person, and mostFollowedByNew of one whose key is new. Of others none
	// is kept, and they are told.
	mostFollowed      = 5000
	mostFollowedByOne = 20
	mostFollowedByNew = 3

	// leastID is the shortest number that is taken for the time of a line, in
	// nanoseconds since 1970, as programs give it back.
	leastID = 16
)

// A followed is up to where somebody has followed a room: the time of a line, which
// is one of its kind in its room and outlasts the process, as a sequence number does
// not.
type followed struct {
	At    time.Time `json:"at"`
	First time.Time `json:"first,omitzero"` // when it was kept first
	Used  time.Time `json:"used,omitzero"`  // when it was last

	due bool // it is going to be written
}

// follow does ssh host follow, follow last and follow TIME: from now on u, who
// visits, reads what happens in the room by [User.Wait] and [User.Take], without
// being there. It reads as long as it might come in, and sees what its settings
// leave out at a terminal. The answer has what was said before, and says where something is
// missing, or will be the next time.
func (u *User) follow(args []string) (*Event, error) {
	b, err := u.beginFollowing(strings.Join(args, " "))
	if err != nil {
		return nil, err
	}
	r := u.here()
	e := &Event{Time: time.Now(), Kind: Followed, Room: r.name, Lines: b.lacks}
	if b.now {
		return e, nil
	}
	said := u.remembered()
	if b.exact && r.forgotten().After(b.after) {
		e.Lines = append(e.Lines, Sentence{PlaceTooOld, []any{Moment(b.after)}})
	}
	for len(said) > 0 && said[len(said)-1].Seq >= b.next {
		said = said[:len(said)-1]
	}
	e.Past = said[firstSince(said, b.after.Add(1)):]
	return e, nil
}

// A beginning is from where somebody follows a room.
type beginning struct {
	next  uint64     // the event from which on it reads what happens
	now   bool       // it wants nothing of before
	after time.Time  // otherwise it wants what came after that
	exact bool       // and all of it
	lacks []Sentence // what is missing, or will be the next time
}

// beginFollowing has u read what happens in the room from now on.
func (u *User) beginFollowing(since string) (b beginning, err error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	if b.after, b.now, err = u.followAfterLocked(since); err != nil {
		return b, err
	}
	if u.departed.Load() {
		return b, u.reason
	}
	u.following, h.follows[u] = true, true
	h.changedLocked(u)
	u.settings.Store(nil)
	r := u.here()
	next, last := r.now()
	u.first.cursor.Store(next)
	b.next, b.exact = next, since == "last" || isID(since)
	if since == "last" && b.now {
		b.lacks = append(b.lacks, Sentence{NoPlace, []any{r.name}})
	}
	if u.placeLocked() == nil && u.Key != "" {
		b.lacks = append(b.lacks, Sentence{PlaceNotKept, nil})
	}
	if b.now {
		u.followedLocked(last)
	}
	return b, nil
}

// isID reports whether somebody wants to read what follows a line.
func isID(since string) bool {
	_, err := strconv.ParseInt(since, 10, 64)
	return err == nil && len(since) >= leastID
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
		if f := u.house.places[u.followKey()]; f != nil && !f.At.IsZero() {
			return f.At, false, nil
		}
		return after, true, nil
	}
	if isID(since) {
		id, _ := strconv.ParseInt(since, 10, 64)
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
	if at.IsZero() || u.isRevokedLocked() {
		return
	}
	f := h.places[key]
	if f == nil || !at.After(f.At) {
		return
	}
	f.At = at
	if !f.due {
		f.due = true
		time.AfterFunc(keepPlaceEvery, func() { h.keepPlace(key) })
	}
}

// placeLocked returns the place that is kept for u in the room that it begins to follow, nil
// where none can be: then none is until it follows again.
func (u *User) placeLocked() *followed {
	h, key := u.house, u.followKey()
	if f := h.places[key]; f != nil || u.Key == "" {
		return f
	}
	own, most := 0, mostFollowedByOne
	for other := range h.places {
		if strings.HasPrefix(other, u.Key+" ") {
			own++
		}
	}
	if h.isNewcomerLocked(u.Key) {
		most = mostFollowedByNew
	}
	if h.isFullLocked(u.Key, len(h.places), mostFollowed) {
		h.sweepPlacesLocked()
	}
	if own >= most || h.isFullLocked(u.Key, len(h.places), mostFollowed) || !h.shareLocked(u, shareOfPlaces(), 1) {
		return nil
	}
	f := &followed{First: time.Now()}
	h.places[key] = f
	return f
}

// sweepPlacesLocked drops the places of those who did not come again.
func (h *House) sweepPlacesLocked() {
	if !h.maySweepLocked(tablePlaces) {
		return
	}
	now := map[string]bool{}
	for _, u := range h.everybodyLocked() {
		if u.following {
			now[u.followKey()] = true
		}
	}
	for key, f := range h.places {
		if !now[key] && h.isUnused(f.First, later(f.At, f.Used)) {
			putLocked(h, tablePlaces, h.places, key, nil)
		}
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
		f.due, f.Used = false, time.Now()
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
	for u := range h.follows {
		if u.Who().sign() == p.who.Load().sign() {
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
