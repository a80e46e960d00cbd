package room

import (
	"iter"
	"strings"
	"sync"
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/moderation"
	"teahouse/internal/records"
	"teahouse/internal/text"
)

// partitions maps each table to its partition.
var partitions = sync.OnceValue(func() map[string]records.Partition { return NewHub().tables.Partitions() })

// PartitionOf returns the partition of a table.
func PartitionOf(table string) records.Partition {
	if p, ok := partitions()[table]; ok {
		return p
	}
	return records.Authority
}

// registerTables creates the tables of all records, and says what follows when a record changes.
// Rights come first: the order of tables is the order in which they are stored again.
func (h *Hub) registerTables() {
	h.tables = records.NewRegistry(h.writeRecord, text.Clean)
	h.moderation = h.newModeration()
	h.moderation.Register(h.tables)
	h.keys = accounts.NewKeys()
	h.keys.OnApply = h.applyLinkedKeyLocked
	h.names = h.newNames()
	h.names.Register(h.tables)
	h.keys.Register(h.tables)
	h.describePersonalTables()
	h.tables.Register(&h.settings, &h.ignoreLists, &h.inputHistories, &h.bots, &h.readMarkers)
	h.describeRooms()
	h.tables.Register(&h.roomRecords)
	h.moderation.Audit.Register(h.tables)
}

// newModeration returns a moderation state in which nothing is decided.
func (h *Hub) newModeration() *moderation.State {
	m := moderation.New(moderation.Config{
		IsListedOperator: func(person string) bool { return h.keys.HasListed(person, h.IsOperatorKey) },
		IsListedAllowed:  func(person string) bool { return h.keys.HasListed(person, h.IsAllowedKey) },
		CountListedOperators: func() int {
			if h.CountOperatorKeys == nil {
				return 0
			}
			return h.CountOperatorKeys()
		},
		Now:       func() time.Time { return h.clockOffsets.earliest() },
		IsLocal:   func(subject string) bool { return accounts.IsSessionSubject(subject) && h.nodeBits == 0 },
		IsSession: accounts.IsSessionSubject,
	})
	m.Bans.Applied = func(target string) {
		if p := m.Bans.Get(target); p != nil {
			h.enforceBanLocked(p)
		}
	}
	return m
}

// describePersonalTables describes the tables of what people have besides keys and names.
func (h *Hub) describePersonalTables() {
	h.bots = records.Table[accounts.Bot]{
		Name: "bots", Partition: records.Authority, Sanitize: (*accounts.Bot).Sanitize, Owned: h.bots.OwnedByKey,
		Applied: func(person string) { h.setBotFlagLocked(person, h.bots.Get(person) != nil) },
		Merge:   func(from, _ string) { h.bots.Delete(from) }, // taking in a bot's key does not turn a person into a bot
	}
	h.settings = records.Table[accounts.Settings]{
		Name: "settings", Partition: records.Personal, Sanitize: (*accounts.Settings).Sanitize, Owned: h.settings.OwnedByKey,
		Merge: h.moveSettingsLocked, Applied: h.refreshSettingsLocked,
	}
	h.ignoreLists = records.Table[accounts.IgnoreList]{
		Name: "ignored", Partition: records.Personal, Sanitize: (*accounts.IgnoreList).Sanitize, Owned: h.ignoreLists.OwnedByKey,
		Applied: h.refreshIgnoreListsLocked,
		Merge: func(from, to string) {
			h.ignoreLists.Move(from, to)
			h.transferIgnoresLocked(from, to)
		},
	}
	h.inputHistories = records.Table[accounts.InputHistory]{ // a deletion only concerns what is stored, not what sessions have typed since
		Name: "typed", Partition: records.Personal, Sanitize: (*accounts.InputHistory).Sanitize, Owned: h.inputHistories.OwnedByKey,
		Merge: h.inputHistories.Move,
	}
	h.readMarkers = records.Table[readMarker]{
		Name: "places", Partition: records.Personal, OpaqueKeys: true, Sanitize: (*readMarker).sanitize,
		Apply: h.applyReadMarkerLocked, Merge: h.moveReadMarkersLocked,
		Owned: func(person string) iter.Seq2[string, *readMarker] {
			return filtered(h.readMarkers.All(), func(key string, _ *readMarker) bool { return strings.HasPrefix(key, person+" ") })
		},
	}
}

// describeRooms describes the table of rooms. In memory, the rooms themselves hold its data.
func (h *Hub) describeRooms() {
	h.roomRecords = records.Table[roomRecord]{
		Name: "rooms", Partition: records.Authority, OpaqueKeys: true, Sanitize: (*roomRecord).sanitize,
		Load:        func(_ string, r *roomRecord) { h.loadRoomLocked(r) },
		Apply:       func(_ string, r *roomRecord) { h.applyRoomLocked(r) },
		ApplyDelete: h.applyRoomDeletionLocked,
		Owned: func(person string) iter.Seq2[string, *roomRecord] {
			return filtered(h.roomRecordsLocked(), func(_ string, r *roomRecord) bool { return r.Owner == person })
		},
		Stored: h.roomRecordsLocked,
	}
}

// roomRecordsLocked returns the records of all rooms except the lobby, which always exists.
func (h *Hub) roomRecordsLocked() iter.Seq2[string, *roomRecord] {
	return func(yield func(string, *roomRecord) bool) {
		for _, r := range h.sortedRoomsLocked() {
			if r.identity.Key != Lobby && !yield(r.identity.Key, r.record()) {
				return
			}
		}
	}
}

// filtered returns the records for which is returns true.
func filtered[T any](all iter.Seq2[string, *T], is func(string, *T) bool) iter.Seq2[string, *T] {
	return func(yield func(string, *T) bool) {
		for key, value := range all {
			if is(key, value) && !yield(key, value) {
				return
			}
		}
	}
}
