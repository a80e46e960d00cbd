package room

import (
	"maps"
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/sanitize"
)

// HistoryLimits limits how much of what was said a room remembers.
type HistoryLimits = eventlog.HistoryLimits

// LimitsForRoom returns the limits for one room: all of l for the lobby, a share of it for any other
// room, since there may be [MaxRooms] of those.
func LimitsForRoom(l HistoryLimits, room ids.Room) HistoryLimits {
	if room == Lobby {
		return l
	}
	return l.Share()
}

// MaxRooms is how many rooms there may be besides the lobby.
const MaxRooms = 100

// unstoredMargin is larger than the time by which an event that is not stored, such as a topic
// change, can be later than one that is. While the clock is behind, each event is a nanosecond
// later than the one before.
const unstoredMargin = time.Second

// History returns what each room remembers, oldest first, by the key of the room's name. The caller
// must not change the slices.
func (h *Hub) History() map[ids.Room][]*Event {
	st := h.Lock()
	rooms := maps.Clone(st.Rooms.ByID)
	st.Unlock()
	said := map[ids.Room][]*Event{}
	for name, r := range rooms {
		said[name] = r.PastLines()
	}
	return said
}

// LoadHistory fills a room's history with what was said before the process began: [Said] events,
// oldest first. Latest is the time of the last event in the room, as far as it is stored. Call it
// before the first session enters and after [Hub.Load], which tells which rooms exist and since
// when. Lines from before the room was created are left out.
func (h *Hub) LoadHistory(room ids.Room, said []*Event, latest time.Time) {
	if n := len(said); n > 0 && said[n-1].Time.After(latest) {
		latest = said[n-1].Time
	}
	if latest.After(time.Now()) {
		latest = latest.Add(unstoredMargin)
	}
	if sanitize.IsTooLate(latest) { // no real clock says that, and new events must remain storable
		latest = time.Time{}
	}
	st := h.Lock()
	st.Rooms.Lobby()
	r := st.Rooms.ByID[room]
	if r != nil {
		said = slices.DeleteFunc(said, r.Predates)
	} else { // it was closed
		st.Rooms.noteClosed(0, latest)
	}
	st.Unlock()
	if r == nil {
		return
	}
	r.LoadPast(said, latest)
}

// EraseMessages makes all rooms forget what somebody said. The lobby's event is there for the
// message store, and the answer of s waits until it is stored; other rooms only get an event if they
// remember something.
func EraseMessages(s *Session, who *UserInfo) error {
	st := s.hub.Lock()
	rooms := st.Rooms.Sorted()
	lobby := st.Rooms.Lobby()
	st.Unlock()
	for _, r := range rooms {
		if r != lobby && len(FilterLines(s, r.PastLines(), func(e *Event) bool { return e.User.Person == who.Person })) == 0 {
			continue
		}
		forgot := &Event{Time: time.Now(), Kind: Forgot, User: who}
		if !r.AppendUnless(forgot, s.inbox.IsClosed) {
			return s.reason
		}
		if r == lobby {
			s.forgetEvent = forgot
		}
		r.Wake()
		r.PastLines()
	}
	return nil
}

// MessageBySeq returns the message with a sequence number, or nil. It must be in the room's history
// or, if the room keeps none, among what s has read lately.
func MessageBySeq(s *Session, seq uint64) *Event {
	if s.hub.config.HistoryLimits.Lines <= 0 {
		e := s.Room().At(seq)
		if e == nil || e.Kind != Said || seq <= s.joinSeq || s.OneShot {
			return nil
		}
		return e
	}
	said := s.Room().PastLines()
	if at, ok := event.FindSeq(said, seq); ok {
		return said[at]
	}
	return nil
}
