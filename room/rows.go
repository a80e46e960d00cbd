package room

import (
	"maps"
	"slices"
)

// Rows returns the rows of a space as they stand in the [Book] once all that the house has
// written is stored: for a book that has lost them. Rows that could not be read are not among
// them. That a row is struck out is not said either.
func (h *House) Rows(s Space) (rows []Row) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add := func(table, key string, value any) {
		rows = append(rows, Row{Table: table, Key: key, Value: encodeRow(value)})
	}
	if s == Desk {
		addRows(add, tableIgnored, h.ignores)
		addRows(add, tableSettings, h.settings)
		addRows(add, tableTyped, h.typed)
		addRows(add, tablePlaces, h.places)
		return rows
	}
	h.addRightsLocked(add)
	for claims := range maps.Values(h.claimed) {
		for _, c := range claims {
			add(tableNames, c.identity.key, c)
		}
	}
	addRows(add, tableLost, h.lost)
	addRows(add, tableKeys, h.keys)
	addRows(add, tableBots, h.bots)
	for key, r := range h.rooms {
		if key != Lobby {
			add(tableRooms, key, r.row())
		}
	}
	for _, a := range slices.Concat(h.acts.operators, h.acts.owners) {
		add(tableAudit, actKey(a.N), a)
	}
	return rows
}

// addRightsLocked adds who may do what, first: what is stored first is there first.
func (h *House) addRightsLocked(add func(table, key string, value any)) {
	addRows(add, tableOperators, h.operators)
	for _, ps := range []*penalties{&h.bans, &h.mutes} {
		for target, p := range ps.all {
			if h.lastsLocked(target) {
				add(ps.table, target, p)
			}
		}
	}
	addRows(add, tableAllowed, h.allowed)
	addRows(add, tableInvites, h.invites)
	if h.order != (order{}) {
		add(tableOrder, "all", h.order)
	}
}

func addRows[T any](add func(table, key string, value any), table string, rows map[string]*T) {
	for key, row := range rows {
		add(table, key, row)
	}
}
