package room

import (
	"strconv"
	"strings"
	"time"

	"teahouse/internal/reply"
)

const (
	// readMarkerSaveDelay is how long a changed marker may be in memory only.
	readMarkerSaveDelay = time.Second

	// maxReadMarkers is how many markers are kept in all, maxReadMarkersPerPerson how many of one
	// person, and maxReadMarkersPerNewcomer how many of a newcomer. Beyond that no marker is kept,
	// and the person is told.
	maxReadMarkers            = 5000
	maxReadMarkersPerPerson   = 20
	maxReadMarkersPerNewcomer = 3

	// minLineIDDigits is the length of the shortest number that counts as the time of a line, in
	// nanoseconds since 1970, as programs pass it back.
	minLineIDDigits = 16
)

// A readMarker says how far somebody has followed a room, by the time of a line. Unlike a sequence
// number, that time is unique in its room and outlasts the process.
type readMarker struct {
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"first,omitzero"` // when the marker was created
	UsedAt    time.Time `json:"used,omitzero"`  // when it was last used

	dirty bool // a write is scheduled
}

// A FollowReply is what a session reads before the events that it follows.
type FollowReply struct {
	replied
	Time     time.Time
	Warnings []reply.Sentence // what is missing, or will be the next time
	Messages []*Event         // what was said since the requested moment
}

func (r *FollowReply) size() (items int, messages []*Event) { return len(r.Warnings), r.Messages }

// follow implements ssh HOST follow, follow last and follow TIME: from now on s, a one-shot
// session, reads what happens in the room by [Session.Wait] and [Session.Take], without being a
// member. It may read as long as it may enter the room, including what its settings hide at a
// terminal. The reply has what was said before, and says what is missing or will be missing the
// next time.
func (s *Session) follow(args []string) (Reply, error) {
	b, err := s.startFollowing(strings.Join(args, " "))
	if err != nil {
		return nil, err
	}
	r := s.room()
	e := &FollowReply{Time: time.Now(), Warnings: b.warnings}
	if b.fromNow {
		return e, nil
	}
	said := s.pastLines()
	if b.exact && r.forgottenUpTo().After(b.after) {
		e.Warnings = append(e.Warnings, reply.Say(reply.ReadMarkerTooOld, reply.Moment(b.after)))
	}
	for len(said) > 0 && said[len(said)-1].Seq >= b.nextSeq {
		said = said[:len(said)-1]
	}
	e.Messages = said[firstSince(said, b.after.Add(1)):]
	return e, nil
}

// A followStart says where somebody starts to follow a room.
type followStart struct {
	nextSeq  uint64           // the sequence number of the first event to read
	fromNow  bool             // nothing earlier is wanted
	after    time.Time        // otherwise, what was said after this is wanted
	exact    bool             // and nothing of it may be missing without a warning
	warnings []reply.Sentence // what is missing, or will be the next time
}

// startFollowing makes s read what happens in the room from now on.
func (s *Session) startFollowing(since string) (b followStart, err error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	if b.after, b.fromNow, err = s.parseFollowStartLocked(since); err != nil {
		return b, err
	}
	if s.departed.Load() {
		return b, s.reason
	}
	s.following, h.followSessions[s] = true, true
	h.sessionChangedLocked(s)
	s.settings.Store(nil)
	r := s.room()
	next, last := r.position()
	s.firstView.cursor.Store(next)
	b.nextSeq, b.exact = next, since == "last" || isLineID(since)
	if since == "last" && b.fromNow {
		b.warnings = append(b.warnings, reply.Say(reply.NoReadMarker, r.name))
	}
	if s.readMarkerLocked() == nil && s.Person != "" {
		b.warnings = append(b.warnings, reply.Say(reply.ReadMarkerNotKept))
	}
	if b.fromNow {
		s.ackReadLocked(last)
	}
	return b, nil
}

// isLineID reports whether since is the ID of a line.
func isLineID(since string) bool {
	_, err := strconv.ParseInt(since, 10, 64)
	return err == nil && len(since) >= minLineIDDigits
}

// position returns the sequence number of the next event, and the time of the last event before
// that, which is never zero.
func (r *Room) position() (next uint64, last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last = r.lastTime; last.IsZero() {
		last = time.Unix(0, 0).UTC()
	}
	return r.head.Load(), last
}

// parseFollowStartLocked parses the moment after which somebody wants to read. Now is true if they
// want nothing earlier.
func (s *Session) parseFollowStartLocked(since string) (after time.Time, now bool, err error) {
	switch since {
	case "":
		return after, true, nil
	case "last":
		if s.Person == "" {
			return after, false, reply.Refuse(reply.NeedKey)
		}
		if m := s.hub.readMarkers.Get(s.readMarkerKey()); m != nil && !m.At.IsZero() {
			return m.At, false, nil
		}
		return after, true, nil
	}
	if isLineID(since) {
		id, _ := strconv.ParseInt(since, 10, 64)
		return time.Unix(0, id), false, nil
	}
	at, err := parseSince(since, time.Now())
	if err != nil {
		return after, false, reply.Refuse(reply.InvalidTime)
	}
	return at.Add(-1), false, nil
}

// readMarkerKey returns the key of s's marker for its room.
func (s *Session) readMarkerKey() string { return s.Person + " " + s.room().identity.Key }

// AckRead says that s's client has the lines up to the one said at a given time (zero if there are
// none), and so many more of the commands handed to s. Follow last continues after that line, in
// any session of the person. The marker is stored soon after.
func (s *Session) AckRead(at time.Time, commands int) {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	s.ackReadLocked(at)
	s.ackCommandsLocked(commands)
}

func (s *Session) ackReadLocked(at time.Time) {
	h, key := s.hub, s.readMarkerKey()
	if at.IsZero() || s.isRevokedLocked() {
		return
	}
	m := h.readMarkers.Get(key)
	if m == nil || !at.After(m.At) {
		return
	}
	m.At = at
	if !m.dirty {
		m.dirty = true
		time.AfterFunc(readMarkerSaveDelay, func() { h.saveReadMarker(key) })
	}
}

// readMarkerLocked returns the marker of s in the room that it begins to follow. It returns nil if
// there is no space; then s has none until it follows again.
func (s *Session) readMarkerLocked() *readMarker {
	h, key := s.hub, s.readMarkerKey()
	if m := h.readMarkers.Get(key); m != nil || s.Person == "" {
		return m
	}
	own, most := 0, maxReadMarkersPerPerson
	for other := range h.readMarkers.All() {
		if strings.HasPrefix(other, s.Person+" ") {
			own++
		}
	}
	if h.isNewcomerLocked(s.Person) {
		most = maxReadMarkersPerNewcomer
	}
	if h.isFullForLocked(s.Person, h.readMarkers.Len(), maxReadMarkers) {
		h.sweepReadMarkersLocked()
	}
	if own >= most || h.isFullForLocked(s.Person, h.readMarkers.Len(), maxReadMarkers) || !h.takeQuotaLocked(s, readMarkerQuota(), 1) {
		return nil
	}
	m := &readMarker{CreatedAt: time.Now()}
	h.readMarkers.Set(key, m)
	return m
}

// sweepReadMarkersLocked drops the markers of people who did not come back.
func (h *Hub) sweepReadMarkersLocked() {
	if !h.maySweepLocked(h.readMarkers.Name) {
		return
	}
	now := map[string]bool{}
	for _, s := range h.allSessionsLocked() {
		if s.following {
			now[s.readMarkerKey()] = true
		}
	}
	for key, m := range h.readMarkers.All() {
		if !now[key] && h.isUnused(m.CreatedAt, laterTime(m.At, m.UsedAt)) {
			h.readMarkers.Put(key, nil)
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
	h.mu.Lock()
	defer h.mu.Unlock()
	if m := h.readMarkers.Get(key); m != nil && m.dirty {
		m.dirty, m.UsedAt = false, time.Now()
		h.readMarkers.Write(key, m)
	}
}

// applyReadMarkerLocked applies a marker from another node, unless the one here is ahead.
func (h *Hub) applyReadMarkerLocked(key string, m *readMarker) {
	if mine := h.readMarkers.Get(key); mine == nil || m.At.After(mine.At) {
		h.readMarkers.Set(key, m)
	}
}

// moveReadMarkersLocked gives one person's markers to another, who continues where the first one
// was.
func (h *Hub) moveReadMarkersLocked(from, to string) {
	for key := range h.readMarkers.All() {
		if in, ok := strings.CutPrefix(key, from+" "); ok {
			h.readMarkers.Get(key).dirty = false
			h.readMarkers.Move(key, to+" "+in)
		}
	}
}

// followersLocked returns the sessions of a user that follow rooms.
func (h *Hub) followersLocked(u *user) (following []*Session) {
	for s := range h.followSessions {
		if s.User().subject() == u.info.Load().subject() {
			following = append(following, s)
		}
	}
	return following
}

// evictFollowersLocked ends the sessions that follow a room but may no longer enter it.
func (h *Hub) evictFollowersLocked(r *Room) {
	for s := range h.sessions {
		if s.following && s.room() == r && s.mayEnterRoomLocked(r) != nil {
			s.leaveLocked(Kicked, reply.GoodbyePrivateRoom, r.name)
		}
	}
}
