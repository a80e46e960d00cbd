package room

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/reply"

	"teahouse/internal/records"
)

// export does ssh host export: all that is kept of s, as events and as rows.
func (s *Session) export() (Reply, error) {
	if s.Person == "" {
		return nil, reply.Refuse(reply.ForgetNeedsKey)
	}
	e := &Event{Time: time.Now(), Kind: Exported, User: s.User(), Records: s.hub.recordsOf(s.Person)}
	if s.hub.Messages == nil {
		return e, nil
	}
	for _, id := range s.hub.personIDs(s.Person) {
		some, err := s.hub.Messages.Export(id)
		if err != nil {
			return nil, reply.Refuse(reply.StoreUnavailable)
		}
		e.History = append(e.History, some...)
	}
	e.History = s.hub.relabelRooms(e.History)
	slices.SortStableFunc(e.History, func(a, b *Event) int { return a.Time.Compare(b.Time) })
	return e, nil
}

// relabelRooms returns what happened in the rooms of now, with their names as people see
// them. A rename was told in each room where one was: it is there once, and in none.
func (h *Hub) relabelRooms(events []*Event) []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(events, func(e *Event) bool {
		if e.Room == "" {
			return false
		}
		r := h.rooms[e.Room]
		if r == nil || r.predatesRoomLocked(e) || e.Kind == Renamed && e.Room != Lobby {
			return true
		}
		if e.Room = r.name; e.Kind == Renamed {
			e.Room = ""
		}
		return false
	})
}

// recordsOf returns what is written of a person: names, keys, settings, whom it ignores,
// what it typed last, what it registered as a bot, up to where it followed rooms,
// the rooms that it founded.
func (h *Hub) recordsOf(person string) (rows []records.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add := func(table, key string, value any) {
		rows = append(rows, records.Record{Table: table, Key: key, Value: records.Encode(value)})
	}
	for _, o := range h.namesByPerson[person] {
		add(tableNames, o.identity.key, o)
	}
	if l := h.nameNotices[person]; l != nil {
		add(tableNameNotices, person, l)
	}
	for _, fingerprint := range h.keysByPerson[person] {
		add(tableKeys, fingerprint, h.linkedKeys[fingerprint])
	}
	if s := h.settings[person]; s != nil {
		add(tableSettings, person, s)
	}
	if i := h.ignoreLists[person]; i != nil {
		add(tableIgnoreLists, person, i)
	}
	if t := h.inputHistories[person]; t != nil {
		add(tableInputHistories, person, t)
	}
	if b := h.bots[person]; b != nil {
		add(tableBots, person, b)
	}
	for key, m := range h.readMarkers {
		if strings.HasPrefix(key, person+" ") {
			add(tableReadMarkers, key, m)
		}
	}
	for _, r := range h.sortedRoomsLocked() {
		if r.owner == person {
			add(tableRooms, r.identity.key, r.record())
		}
	}
	return rows
}
