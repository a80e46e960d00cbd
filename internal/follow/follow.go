package follow

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/eventlog"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A Beginning is what somebody gets before the events that they follow.
type Beginning struct {
	Messages []*room.Event    // what was said since the requested moment
	Warnings []reply.Sentence // what is missing, or will be the next time
}

// Start makes s, a one-shot session, read what happens in its room from now on, without being a
// member. Since says what it wants to read before that: "" for nothing, last for what came after its
// read marker, the ID of a line, or a moment as for [duration.ParseSince]. Only the reader goroutine
// may call it.
func Start(s *room.Session, since string) (b Beginning, err error) {
	from, nextSeq, warnings, err := start(s, since)
	if err != nil {
		return b, err
	}
	b.Warnings = warnings
	if from.now {
		return b, nil
	}
	said := room.PastLines(s)
	if from.exact && s.Room().ForgottenUpTo().After(from.after) {
		b.Warnings = append(b.Warnings, reply.Say(reply.ReadMarkerTooOld, reply.Moment(from.after)))
	}
	for len(said) > 0 && said[len(said)-1].Seq >= nextSeq {
		said = said[:len(said)-1]
	}
	b.Messages = said[eventlog.FirstSince(said, from.after.Add(1)):]
	return b, nil
}

// start makes s follow its room, and returns the number of the first event that it reads by itself.
func start(s *room.Session, since string) (from origin, nextSeq uint64, warnings []reply.Sentence, err error) {
	st := s.Hub().Lock()
	defer st.Unlock()
	if from, err = parseOrigin(st, s, since); err != nil {
		return from, 0, nil, err
	}
	nextSeq, last, err := st.Follow(s)
	if err != nil {
		return from, 0, nil, err
	}
	if since == lastRead && from.now {
		warnings = append(warnings, reply.Say(reply.NoReadMarker, s.Room().Name))
	}
	if !addMarker(st, s) && s.Person != "" {
		warnings = append(warnings, reply.Say(reply.ReadMarkerNotKept))
	}
	if from.now {
		advance(st, s, last)
	}
	return from, nextSeq, warnings, nil
}

// Ack says that s's client has the lines up to the one said at a given time (zero if there are
// none), and so many more of the commands handed to s. Following since last continues after that
// line, in any session of the person. The marker is stored soon after.
func Ack(s *room.Session, at time.Time, commands int) {
	st := s.Hub().Lock()
	defer st.Unlock()
	advance(st, s, at)
	s.PendingCommands = s.PendingCommands[min(commands, len(s.PendingCommands)):]
}

// Stop stores at once how far s has read, and tells the askers of commands that s's client may not
// have. Call it at the end, after the last Ack.
func Stop(s *room.Session) {
	st := s.Hub().Lock()
	defer st.Unlock()
	st.ReadMarkers.Save(markerKey(s))
	failPendingCommands(s)
}

// markerKey returns the key of s's marker in its room.
func markerKey(s *room.Session) string {
	return accounts.ReadMarkerKey(s.Person, s.Room().ID)
}
