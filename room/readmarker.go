package room

import (
	"strconv"
	"strings"
	"time"

	"teahouse/internal/reply"
)

const (
	// readMarkerSaveDelay is how long a place may be in memory alone.
	readMarkerSaveDelay = time.Second

	// maxReadMarkers is how many places are kept, of all people in all rooms, maxReadMarkersPerPerson
	// how many of one person, and maxReadMarkersPerNewcomer of one whose key is new. Of others none
	// is kept, and they are told.
	maxReadMarkers            = 5000
	maxReadMarkersPerPerson   = 20
	maxReadMarkersPerNewcomer = 3

	// minLineIDDigits is the shortest number that is taken for the time of a line, in
	// nanoseconds since 1970, as programs give it back.
	minLineIDDigits = 16
)

// A readMarker is up to where somebody has followed a room: the time of a line, which
// is one of its kind in its room and outlasts the process, as a sequence number does
// not.
type readMarker struct {
	At        time.Time `json:"at"`
	CreatedAt time.Time `json:"first,omitzero"` // when it was kept first
	UsedAt    time.Time `json:"used,omitzero"`  // when it was last

	dirty bool // it is going to be written
}

// A FollowReply is what a session reads before what it follows.
type FollowReply struct {
	replied
	Time     time.Time
	Warnings []reply.Sentence // what is missing, or will be the next time
	Messages []*Event         // what was said since the place that was asked for
}

func (r *FollowReply) size() (items int, messages []*Event) { return len(r.Warnings), r.Messages }

// follow does ssh host follow, follow last and follow TIME: from now on s, who
// visits, reads what happens in the room by [Session.Wait] and [Session.Take], without
// being there. It reads as long as it might come in, and sees what its settings
// leave out at a terminal. The answer has what was said before, and says where something is
// missing, or will be the next time.
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

// A followStart is from where somebody follows a room.
type followStart struct {
	nextSeq  uint64           // the event from which on it reads what happens
	fromNow  bool             // it wants nothing of before
	after    time.Time        // otherwise it wants what came after that
	exact    bool             // and all of it
	warnings []reply.Sentence // what is missing, or will be the next time
}

// startFollowing has s read what happens in the room from now on.
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

// isLineID reports whether somebody wants to read what follows a line.
func isLineID(since string) bool {
	_, err := strconv.ParseInt(since, 10, 64)
	return err == nil && len(since) >= minLineIDDigits
}

// position returns where the conversation goes on, and the time of the last event before
// that; it is never zero.
func (r *Room) position() (next uint64, last time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last = r.lastTime; last.IsZero() {
		last = time.Unix(0, 0).UTC()
	}
	return r.head.Load(), last
}

// parseFollowStartLocked reads after which moment somebody wants to read, or whether it
// is now.
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

// readMarkerKey is under what s's place is kept.
func (s *Session) readMarkerKey() string { return s.Person + " " + s.room().identity.Key }

// AckRead says that s's client has the lines up to one that was said at a moment, the
// zero Time where there are none, and so many commands more of those that s was
// handed. Follow last goes on after that line, whichever session of the person asks
// for it. It is in writing soon after.
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

// readMarkerLocked returns the place that is kept for s in the room that it begins to follow, nil
// where none can be: then none is until it follows again.
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

// sweepReadMarkersLocked drops the places of those who did not come again.
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

// StopFollowing has it in writing now up to where s followed, and tells those who asked for
// something that s's client may not have. It is for the end, after the last call of
// Followed.
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

// applyReadMarkerLocked takes how far a person has read at another node, unless it is further here.
func (h *Hub) applyReadMarkerLocked(key string, m *readMarker) {
	if mine := h.readMarkers.Get(key); mine == nil || m.At.After(mine.At) {
		h.readMarkers.Set(key, m)
	}
}

// moveReadMarkersLocked gives one person's places to another, who goes on where it was.
func (h *Hub) moveReadMarkersLocked(from, to string) {
	for key := range h.readMarkers.All() {
		if in, ok := strings.CutPrefix(key, from+" "); ok {
			h.readMarkers.Get(key).dirty = false
			h.readMarkers.Move(key, to+" "+in)
		}
	}
}

// followersLocked returns those who follow as the person of a presence.
func (h *Hub) followersLocked(u *user) (following []*Session) {
	for s := range h.followSessions {
		if s.User().subject() == u.info.Load().subject() {
			following = append(following, s)
		}
	}
	return following
}

// evictFollowersLocked ends the following of those who may not enter a room any more.
func (h *Hub) evictFollowersLocked(r *Room) {
	for s := range h.sessions {
		if s.following && s.room() == r && s.mayEnterRoomLocked(r) != nil {
			s.leaveLocked(Kicked, reply.GoodbyePrivateRoom, r.name)
		}
	}
}
