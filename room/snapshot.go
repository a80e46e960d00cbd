package room

import (
	"maps"
	"slices"

	"teahouse/internal/records"
)

// PartitionRecords returns the rows of a space as they stand in the [Store] once all that the house has
// written is stored: for a book that has lost them. Rows that could not be read are not among
// them. That a row is struck out is not said either.
func (h *Hub) PartitionRecords(s records.Partition) (rows []records.Record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	add := func(table, key string, value any) {
		rows = append(rows, records.Record{Table: table, Key: key, Value: records.Encode(value)})
	}
	if s == records.Personal {
		addRecords(add, tableIgnoreLists, h.ignoreLists)
		addRecords(add, tableSettings, h.settings)
		addRecords(add, tableInputHistories, h.inputHistories)
		addRecords(add, tableReadMarkers, h.readMarkers)
		return rows
	}
	h.addRightsLocked(add)
	for claims := range maps.Values(h.namesByPerson) {
		for _, o := range claims {
			add(tableNames, o.identity.key, o)
		}
	}
	addRecords(add, tableNameNotices, h.nameNotices)
	addRecords(add, tableKeys, h.linkedKeys)
	addRecords(add, tableBots, h.bots)
	for key, r := range h.rooms {
		if key != Lobby {
			add(tableRooms, key, r.record())
		}
	}
	for _, a := range slices.Concat(h.auditLog.operators, h.auditLog.owners) {
		add(tableAudit, auditKey(a.Number), a)
	}
	return rows
}

// addRightsLocked adds who may do what, first: what is stored first is there first.
func (h *Hub) addRightsLocked(add func(table, key string, value any)) {
	addRecords(add, tableOperators, h.operators)
	for _, set := range []*penaltySet{&h.bans, &h.mutes} {
		for target, p := range set.byTarget {
			if h.isPenaltyStoredLocked(target) {
				add(set.table, target, p)
			}
		}
	}
	addRecords(add, tableAllowed, h.allowed)
	addRecords(add, tableInvites, h.invites)
	if h.hubSettings != (hubSettings{}) {
		add(tableHubSettings, "all", h.hubSettings)
	}
}

func addRecords[T any](add func(table, key string, value any), table string, rows map[string]*T) {
	for key, row := range rows {
		add(table, key, row)
	}
}
