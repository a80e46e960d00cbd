package room

import (
	"time"

	"teahouse/internal/event"
	"teahouse/internal/eventlog"
	"teahouse/internal/reply"
)

const (
	// LobbyRingSize is how many events the lobby keeps in memory, and so how far a reader may fall
	// behind before it misses any. The journal is a reader too; it falls behind while its engine is
	// away.
	LobbyRingSize = 16384

	// LobbyRingBytes limits the bytes of text in the lobby's ring.
	LobbyRingBytes = 4 << 20

	// sessionTakeBytes is about how many bytes of text a session takes at once. Rendered by its
	// door they may be sixteen times as many, and the client may not be reading. A Subscription
	// takes more.
	sessionTakeBytes      = 8 << 10
	subscriptionTakeBytes = 64 << 10
)

// A Room is one conversation: a log, and who may come in.
type Room struct {
	Name string // as people see it; immutable
	*eventlog.Log
	roomState // guarded by Hub.mu
}

// logConfig returns what the log of a room keeps.
func (h *Hub) logConfig(events, bytes int, room string, first uint64) eventlog.Config {
	return eventlog.Config{
		Events: events, Bytes: bytes, First: first, History: LimitsForRoom(h.HistoryLimits, room),
		Count: h.events.count, Cache: &h.renderCache,
	}
}

// newRoom returns a room.
func newRoom(name string, c eventlog.Config) *Room {
	r := &Room{Name: name, Log: eventlog.New(c)}
	r.Members, r.Invited, r.emptySince = map[*User]bool{}, map[string]string{}, time.Now()
	return r
}

// endSession ends s's current view and keeps s from speaking in any room. The farewell, which may
// be nil, is for s alone. The second call does nothing and returns false. Callers hold Hub.mu.
//
// s's own view ends before others learn of it: s's writer must not read that event, nor get items
// that arrive after it.
func (r *Room) endSession(s *Session, reason Reason, farewell *Farewell) (ok bool) {
	r.AtEnd(func(end uint64) {
		if s.departed.Load() {
			return
		}
		v := s.currentView()
		r.AddReaders(-1)
		var last *mailboxItem
		if farewell != nil {
			last = &mailboxItem{viewNumber: v.number, head: end, item: farewell}
		}
		s.mailbox.close(last)
		s.reason = reason
		v.end.Store(end)
		s.departed.Store(true)
		close(s.done)
		ok = true
	})
	return ok
}

// startView returns where the conversation goes on for a session that came without the room being
// told, and the sequence number of the last event before that. If old is not nil, the session takes
// its place, and old's part ends.
func (r *Room) startView(old *Session) (cursor, before uint64) {
	if old != nil {
		r.endSession(old, TakenOver, event.NewFarewell(TakenOver, TakenOver.Code(), nil))
	}
	r.AtEnd(func(next uint64) { cursor, before = next, next-1 })
	return cursor, before
}

// endView ends the view of a session that switches to another room.
func (r *Room) endView(v *view) {
	r.AtEnd(func(end uint64) {
		r.AddReaders(-1)
		v.end.Store(end)
	})
}

// Announce tells everybody in the room something, in the name of by.
func (r *Room) Announce(by *UserInfo, code reply.Code, args ...any) {
	r.Append(&Event{Time: time.Now(), Kind: Announced, User: by, Code: code, Args: args})
	r.Wake()
}
