package room

import (
	"slices"
	"strings"
	"time"
)

// export does ssh host export: all that is kept of u, as events and as rows.
func (u *User) export() (*Event, error) {
	if u.Key == "" {
		return nil, refuse(ForgetKey)
	}
	e := &Event{Time: time.Now(), Kind: Exported, Who: u.Who(), Rows: u.house.rows(u.Key)}
	if u.house.Archive == nil {
		return e, nil
	}
	for _, id := range u.house.ids(u.Key) {
		some, err := u.house.Archive.Export(id)
		if err != nil {
			return nil, refuse(NotNow)
		}
		e.Past = append(e.Past, some...)
	}
	e.Past = u.house.placed(e.Past)
	slices.SortStableFunc(e.Past, func(a, b *Event) int { return a.Time.Compare(b.Time) })
	return e, nil
}

// placed returns what happened in the rooms of now, with their names as people see
// them. A rename was told in each room where one was: it is there once, and in none.
func (h *House) placed(events []*Event) []*Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(events, func(e *Event) bool {
		if e.Room == "" {
			return false
		}
		r := h.rooms[e.Room]
		if r == nil || r.isBeforeLocked(e) || e.Kind == Renamed && e.Room != Lobby {
			return true
		}
		if e.Room = r.name; e.Kind == Renamed {
			e.Room = ""
		}
		return false
	})
}

// rows returns what is written of a person: names, keys, settings, whom it ignores,
// what it typed last, what it registered as a bot, up to where it followed rooms,
// the rooms that it founded.
func (h *House) rows(person string) (rows []Row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add := func(table, key string, value any) {
		rows = append(rows, Row{Table: table, Key: key, Value: encodeRow(value)})
	}
	for _, c := range h.claimed[person] {
		add(tableNames, c.identity.key, c)
	}
	if l := h.lost[person]; l != nil {
		add(tableLost, person, l)
	}
	for _, fingerprint := range h.linked[person] {
		add(tableKeys, fingerprint, h.keys[fingerprint])
	}
	if s := h.settings[person]; s != nil {
		add(tableSettings, person, s)
	}
	if i := h.ignores[person]; i != nil {
		add(tableIgnored, person, i)
	}
	if t := h.typed[person]; t != nil {
		add(tableTyped, person, t)
	}
	if b := h.bots[person]; b != nil {
		add(tableBots, person, b)
	}
	for key, f := range h.places {
		if strings.HasPrefix(key, person+" ") {
			add(tablePlaces, key, f)
		}
	}
	for _, r := range h.sortedRoomsLocked() {
		if r.owner == person {
			add(tableRooms, r.identity.key, r.row())
		}
	}
	return rows
}
