package room

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"teahouse/internal/duration"
	"teahouse/internal/ratelimit"
	"teahouse/internal/reply"
	"teahouse/internal/sanitize"
)

const (
	// readMarkerSaveDelay is how long a changed marker may be in memory only.
	readMarkerSaveDelay = time.Second

	// MaxReadMarkers is how many markers are kept in all, maxReadMarkersPerPerson how many of one
	// person, and MaxReadMarkersPerNewcomer how many of a newcomer. Beyond that no marker is kept,
	// and the person is told.
	MaxReadMarkers            = 5000
	maxReadMarkersPerPerson   = 20
	MaxReadMarkersPerNewcomer = 3

	// minLineIDDigits is the length of the shortest number that counts as the time of a line, in
	// nanoseconds since 1970, as programs pass it back.
	minLineIDDigits = 16
)

// A ReadMarker says how far somebody has followed a room, by the time of a line. Unlike a sequence
// number, that time is unique in its room and outlasts the process.
type ReadMarker struct {
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"first,omitzero"` // when the marker was created
	UsedAt    time.Time `json:"used,omitzero"`  // when it was last used

	dirty bool // a write is scheduled
}

// position returns the sequence number of the next event, and the time of the last event before
// that, which is never zero.
func (r *Room) position() (next uint64, last time.Time) {
	if next, last = r.Log.Position(); last.IsZero() {
		last = time.Unix(0, 0).UTC()
	}
	return next, last
}

// readMarkerKey returns the key of s's marker for its room.
func (s *Session) readMarkerKey() string { return s.Person + " " + s.Room().Identity.Key }

// AckRead says that s's client has the lines up to the one said at a given time (zero if there are
// none), and so many more of the commands handed to s. Follow last continues after that line, in
// any session of the person. The marker is stored soon after.
func (s *Session) AckRead(at time.Time, commands int) {
	st := s.hub.Lock()
	defer st.Unlock()
	s.ackReadLocked(at)
	s.ackCommandsLocked(commands)
}

func (s *Session) ackReadLocked(at time.Time) {
	h, key := s.hub, s.readMarkerKey()
	if at.IsZero() || s.hub.state.People.IsRevoked(s) {
		return
	}
	m := h.state.ReadMarkers.Get(key)
	if m == nil || !at.After(m.At) {
		return
	}
	m.At = at
	if !m.dirty {
		m.dirty = true
		time.AfterFunc(readMarkerSaveDelay, func() { h.saveReadMarker(key) })
	}
}

// ReadMarker returns the marker of s in the room that it begins to follow. It returns nil if
// there is no space; then s has none until it follows again.
func (p *People) readMarker(s *Session) *ReadMarker {
	h, key := s.hub, s.readMarkerKey()
	if m := h.state.ReadMarkers.Get(key); m != nil || s.Person == "" {
		return m
	}
	own, most := 0, maxReadMarkersPerPerson
	for other := range h.state.ReadMarkers.All() {
		if strings.HasPrefix(other, s.Person+" ") {
			own++
		}
	}
	if h.state.People.IsNewcomer(s.Person) {
		most = MaxReadMarkersPerNewcomer
	}
	if h.state.People.IsFullFor(s.Person, h.state.ReadMarkers.Len(), MaxReadMarkers) {
		h.state.People.sweepReadMarkers()
	}
	if own >= most || h.state.People.IsFullFor(s.Person, h.state.ReadMarkers.Len(), MaxReadMarkers) || !h.state.People.TakeQuota(s, ratelimit.ReadMarkerQuota(), 1) {
		return nil
	}
	m := &ReadMarker{CreatedAt: time.Now()}
	h.state.ReadMarkers.Set(key, m)
	return m
}

// sweepReadMarkers drops the markers of people who did not come back.
func (p *People) sweepReadMarkers() {
	if !p.maySweep(p.st.ReadMarkers.Name) {
		return
	}
	now := map[string]bool{}
	for _, s := range p.st.allSessions() {
		if s.Following {
			now[s.readMarkerKey()] = true
		}
	}
	for key, m := range p.st.ReadMarkers.All() {
		if !now[key] && p.isUnused(m.CreatedAt, laterTime(m.At, m.UsedAt)) {
			p.st.ReadMarkers.Put(key, nil)
		}
	}
}

// StopFollowing stores at once how far s has read, and tells the askers of commands that s's client
// may not have. Call it at the end, after the last AckRead.
func (s *Session) StopFollowing() {
	s.hub.saveReadMarker(s.readMarkerKey())
	s.failPendingCommands()
}

func (h *Hub) saveReadMarker(key string) {
	st := h.Lock()
	defer st.Unlock()
	if m := st.ReadMarkers.Get(key); m != nil && m.dirty {
		m.dirty, m.UsedAt = false, time.Now()
		st.ReadMarkers.Write(key, m)
	}
}

// applyReadMarker applies a marker from another node, unless the one here is ahead.
func (p *People) applyReadMarker(key string, m *ReadMarker) {
	if mine := p.st.ReadMarkers.Get(key); mine == nil || m.At.After(mine.At) {
		p.st.ReadMarkers.Set(key, m)
	}
}

// moveReadMarkers gives one person's markers to another, who continues where the first one
// was.
func (p *People) moveReadMarkers(from, to string) {
	for key := range p.st.ReadMarkers.All() {
		if in, ok := strings.CutPrefix(key, from+" "); ok {
			p.st.ReadMarkers.Get(key).dirty = false
			p.st.ReadMarkers.Move(key, to+" "+in)
		}
	}
}

// Followers returns the sessions of a user that follow rooms.
func (st *State) Followers(u *User) (following []*Session) {
	for s := range st.Following {
		if s.UserInfo().Subject() == u.info.Load().Subject() {
			following = append(following, s)
		}
	}
	return following
}

// evictFollowers ends the sessions that follow a room but may no longer enter it.
func (rs *Rooms) evictFollowers(r *Room) {
	for s := range rs.st.Sessions {
		if s.Following && s.Room() == r && s.hub.state.Rooms.MayEnter(s, r) != nil {
			s.leaveLocked(Kicked, reply.GoodbyePrivateRoom, r.Name)
		}
	}
}

// A FollowStart says where somebody starts to follow a room.
type FollowStart struct {
	NextSeq  uint64           // the sequence number of the first event to read
	FromNow  bool             // nothing earlier is wanted
	After    time.Time        // otherwise, what was said after this is wanted
	Exact    bool             // and nothing of it may be missing without a warning
	Warnings []reply.Sentence // what is missing, or will be the next time
}

// StartFollowing makes s read what happens in the room from now on.
func (s *Session) StartFollowing(since string) (b FollowStart, err error) {
	h := s.hub
	st := h.Lock()
	defer st.Unlock()
	if b.After, b.FromNow, err = s.parseFollowStart(st, since); err != nil {
		return b, err
	}
	if s.IsClosed() {
		return b, s.reason
	}
	s.Following, st.Following[s] = true, true
	st.sessionChanged(s)
	s.settings.Store(nil)
	r := s.Room()
	next, last := r.position()
	s.StartAt(next)
	b.NextSeq, b.Exact = next, since == "last" || isLineID(since)
	if since == "last" && b.FromNow {
		b.Warnings = append(b.Warnings, reply.Say(reply.NoReadMarker, r.Name))
	}
	if st.People.readMarker(s) == nil && s.Person != "" {
		b.Warnings = append(b.Warnings, reply.Say(reply.ReadMarkerNotKept))
	}
	if b.FromNow {
		s.ackReadLocked(last)
	}
	return b, nil
}

// isLineID reports whether since is the ID of a line.
func isLineID(since string) bool {
	_, err := strconv.ParseInt(since, 10, 64)
	return err == nil && len(since) >= minLineIDDigits
}

// parseFollowStart parses the moment after which somebody wants to read. Now is true if they
// want nothing earlier.
func (s *Session) parseFollowStart(st *State, since string) (after time.Time, now bool, err error) {
	switch since {
	case "":
		return after, true, nil
	case "last":
		if s.Person == "" {
			return after, false, reply.Refuse(reply.NeedKey)
		}
		if m := st.ReadMarkers.Get(s.readMarkerKey()); m != nil && !m.At.IsZero() {
			return m.At, false, nil
		}
		return after, true, nil
	}
	if isLineID(since) {
		id, _ := strconv.ParseInt(since, 10, 64)
		return time.Unix(0, id), false, nil
	}
	at, err := ParseSince(since, time.Now())
	if err != nil {
		return after, false, reply.Refuse(reply.InvalidTime)
	}
	return at.Add(-1), false, nil
}

// ParseSince parses a moment in the past: how long ago (90m, 2h, 3d), a time of day, a date, or
// both, in now's time zone.
func ParseSince(s string, now time.Time) (time.Time, error) {
	if ago, err := duration.Parse(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	if t, err := time.Parse("15:04", s); err == nil {
		year, month, day := now.Date()
		at := time.Date(year, month, day, t.Hour(), t.Minute(), 0, 0, now.Location())
		if at.After(now) {
			at = at.AddDate(0, 0, -1) // in the morning, half past eleven at night means yesterday's
		}
		return at, nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errInvalidTime
}

// errInvalidTime is returned by ParseSince for a string that is not a time.
var errInvalidTime = errors.New("room: no time")

func (m *ReadMarker) sanitize(_ string, now time.Time) error {
	m.At = sanitize.Time(m.At, now)
	return nil
}
