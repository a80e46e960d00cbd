package room

import (
	"time"

	"teahouse/internal/eventlog"
	"teahouse/internal/ids"
	"teahouse/internal/reply"
)

const (
	// LobbyRingSize is how many events the lobby keeps in memory, and so how far a reader may fall
	// behind before it misses any. The journal is a reader too; it falls behind while its engine is
	// away.
	LobbyRingSize = 16384

	// LobbyRingBytes limits the bytes of text in the lobby's ring.
	LobbyRingBytes = 4 << 20
)

// A Room is one conversation: a log, and who may come in.
type Room struct {
	ID   ids.Room // immutable
	Name string   // as people see it; immutable
	*eventlog.Log
	roomState // guarded by Hub.mu
}

// logConfig returns what the log of a room keeps.
func logConfig(h *Hub, events, bytes int, room ids.Room, first uint64) eventlog.Config {
	return eventlog.Config{
		Events: events, Bytes: bytes, First: first, History: LimitsForRoom(h.config.HistoryLimits, room),
		Count: h.events.count, Cache: &h.renderCache,
	}
}

// newRoom returns an empty room.
func newRoom(id ids.Room, name string, c eventlog.Config) *Room {
	r := &Room{ID: id, Name: name, Log: eventlog.New(c)}
	r.Members, r.Invited, r.emptySince = map[*User]bool{}, map[ids.Account]string{}, time.Now()
	return r
}

// Announce tells everybody in the room something, in the name of by.
func (r *Room) Announce(by *UserInfo, code reply.Code, args ...any) {
	r.Append(&Event{Time: time.Now(), Kind: Announced, User: by, Code: code, Args: args})
	r.Wake()
}
