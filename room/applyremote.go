package room

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"teahouse/internal/records"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// ApplyRemote takes over a row of the [Store] that another house with the same book has
// written, and does what follows from it: who is banned goes, a topic changes. Newer
// is asked, with the house locked, whether this house has a value of its own that is
// not stored yet: that is the later one, so Learn does nothing and returns false. A
// row that cannot be read is an error, and changes nothing.
func (h *Hub) ApplyRemote(row records.Record, newer func() bool) (learned bool, err error) {
	learned, orphaned, err := h.applyRemote(row, newer)
	h.wakeForJoinLeave()
	if orphaned && h.OnOrphaned != nil {
		h.OnOrphaned()
	}
	if err != nil {
		err = fmt.Errorf("room: the row %q of %s cannot be read: %w", text.Clean(row.Key), text.Clean(row.Table), err)
	}
	return learned, err
}

// applyRemote is Learn but for what has to be done without the lock. Orphaned says that there is
// no operator any more.
func (h *Hub) applyRemote(row records.Record, newer func() bool) (learned, orphaned bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	had := h.hasOperatorLocked()
	if learned = !newer(); learned {
		err = h.applyRecordLocked(row)
	}
	return learned, had && !h.hasOperatorLocked(), err
}

func (h *Hub) applyRecordLocked(row records.Record) error {
	if row.Value == nil {
		h.applyDeletionLocked(row)
		return nil
	}
	switch row.Table {
	case tableNames:
		return decodeRecord(row, h.applyOwnershipLocked)
	case tableBans:
		return decodeRecord(row, func(p *penalty) {
			h.bans.put(p)
			h.enforceBanLocked(p)
		})
	case tableRooms:
		return decodeRecord(row, h.applyRoomLocked)
	case tableAudit:
		return decodeRecord(row, h.applyAuditLocked)
	case tableKeys:
		return decodeRecord(row, func(k *linkedKey) { h.applyLinkedKeyLocked(row.Key, k) })
	case tableReadMarkers:
		return decodeRecord(row, func(m *readMarker) {
			if mine := h.readMarkers[row.Key]; mine == nil || m.At.After(mine.At) {
				h.readMarkers[row.Key] = m
			}
		})
	}
	err := h.loadRecordLocked(row)
	h.refreshSessionsLocked(row.Table, row.Key)
	return err
}

// applyDeletionLocked takes over that a row is struck out.
func (h *Hub) applyDeletionLocked(row records.Record) {
	switch row.Table {
	case tableNames:
		if o := h.ownershipByKeyLocked(row.Key); o != nil {
			h.removeOwnershipLocked(o)
		}
	case tableNameNotices:
		delete(h.nameNotices, row.Key)
	case tableBans:
		h.bans.remove(&penalty{Target: row.Key})
	case tableMutes:
		h.mutes.remove(&penalty{Target: row.Key})
	case tableOperators:
		delete(h.operators, row.Key)
	case tableAllowed:
		delete(h.allowed, row.Key)
	case tableInvites:
		delete(h.invites, row.Key)
	case tableIgnoreLists:
		delete(h.ignoreLists, row.Key)
	case tableSettings:
		delete(h.settings, row.Key)
	case tableInputHistories:
		delete(h.inputHistories, row.Key) // but not what is typed now
	case tableReadMarkers:
		delete(h.readMarkers, row.Key)
	case tableBots:
		delete(h.bots, row.Key)
	case tableHubSettings:
		h.hubSettings = hubSettings{}
	case tableRooms:
		h.applyRoomDeletionLocked(row.Key)
	case tableAudit:
		h.auditLog.remove(row.Key)
	}
	h.refreshSessionsLocked(row.Table, row.Key)
}

// refreshSessionsLocked has those who are here feel what has changed of them.
func (h *Hub) refreshSessionsLocked(table, person string) {
	switch table {
	case tableIgnoreLists, tableSettings, tableBots:
	default:
		return
	}
	for _, s := range h.allSessionsLocked() {
		switch {
		case s.Person != person:
		case table == tableIgnoreLists:
			s.ignoreList.Store(h.ignoreLists[person])
		case s.peer != nil:
		case table == tableSettings:
			s.settings.Store(h.settings[person])
			s.RequestRefresh()
		case table == tableBots:
			h.setBotFlagLocked(person, h.bots[person] != nil)
		}
	}
}

// applyOwnershipLocked enters whose a name is. Where that contradicts what was known here,
// the older claim counts, and is written again where it was overwritten.
func (h *Hub) applyOwnershipLocked(o *nameOwnership) {
	id, err := checkName(o.Name)
	if err != nil {
		return
	}
	o.identity = id
	if same := h.ownershipByKeyLocked(id.key); same != nil && same.Person == o.Person {
		o.toldAt = same.toldAt
		h.removeOwnershipLocked(same)
	}
	for _, other := h.nameOwnersLocked(id, o.Person); other != nil; _, other = h.nameOwnersLocked(id, o.Person) {
		same := slices.Contains(h.personIDsLocked(o.Person), other.Person) // whoever it was is o's owner now
		if !same && other.isBefore(o) {
			h.rejectOwnershipLocked(o, other)
			return
		}
		if !same {
			h.tellNameLostLocked(other)
		}
		if h.removeOwnershipLocked(other); other.identity.key != id.key {
			h.writeRecordLocked(tableNames, other.identity.key, nil)
		}
	}
	h.addOwnershipLocked(o)
	h.enforceOwnerLocked(id, o.Person)
}

// rejectOwnershipLocked drops a claim that another house has written, and that contradicts an
// older one.
func (h *Hub) rejectOwnershipLocked(o, older *nameOwnership) {
	if older.identity.key == o.identity.key {
		h.writeRecordLocked(tableNames, o.identity.key, older)
	} else {
		h.writeRecordLocked(tableNames, o.identity.key, nil)
	}
	h.tellNameLostLocked(o)
	h.enforceOwnerLocked(o.identity, older.Person)
}

func (o *nameOwnership) isBefore(other *nameOwnership) bool { return o.compare(other) < 0 }

// compare orders claims as they are preferred.
func (o *nameOwnership) compare(other *nameOwnership) int {
	return cmp.Or(o.Since.Compare(other.Since), cmp.Compare(o.Person, other.Person))
}

// ownershipByKeyLocked returns the claim that is written under a key, or nil.
func (h *Hub) ownershipByKeyLocked(key string) *nameOwnership {
	id, err := checkName(key)
	if err != nil {
		return nil
	}
	for _, look := range id.skeletons {
		if o := h.ownerBySkeleton[look]; o != nil && o.identity.key == key {
			return o
		}
	}
	return nil
}

// applyRoomLocked makes a room, or changes what holds in it. Where two founded it, it is
// the first one's.
func (h *Hub) applyRoomLocked(row *roomRecord) {
	id, err := checkName(row.Name)
	if err != nil {
		return
	}
	r := h.rooms[id.key]
	if !row.Closed.IsZero() {
		h.closings[id.key] = row.Closed
		h.applyClosingLocked(r, row)
		return
	}
	if r != nil && row.Since.After(r.createdAt) && r.isExpiredLocked() { // which the other house has found before
		h.closeRoomLocked(r)
		r = nil
	}
	if r == nil {
		h.loadRoomLocked(row)
		return
	}
	if r.owner != row.Owner && r.createdAt.Before(row.Since) {
		h.saveRoomLocked(r)
		return
	}
	if r.createdAt.Before(row.Since) { // by one person in two houses at once
		defer h.saveRoomLocked(r)
	} else {
		r.setCreatedAt(row.Since)
	}
	private := row.Private || r.private && r.owner != row.Owner // what was said in it was said in private
	r.owner, r.private, r.topic = row.Owner, private, row.Topic
	r.invited = map[string]string{}
	for person, name := range row.Invited {
		r.invited[person] = name
	}
	h.evictFollowersLocked(r)
}

// applyRoomDeletionLocked closes a room, unless somebody is there: then it goes on.
func (h *Hub) applyRoomDeletionLocked(key string) {
	r := h.rooms[key]
	switch {
	case r == nil:
	case len(r.members) > 0 || r.readers.Load() > 0:
		h.saveRoomLocked(r)
	default:
		h.closeRoomLocked(r)
	}
}

// applyLinkedKeyLocked makes a key another person's: who came with it has to come in again.
func (h *Hub) applyLinkedKeyLocked(fingerprint string, k *linkedKey) {
	h.linkKeyLocked(fingerprint, k)
	for s := range h.sessions {
		switch {
		case s.client.Fingerprint != fingerprint || !s.isRevokedLocked():
		case h.isFirstKeyLocked(k.Person) || len(h.keysByPerson[k.Person]) > 1:
			s.leaveLocked(Quit, reply.KeyAdded)
		default:
			s.leaveLocked(Revoked, reply.GoodbyeRevoked)
		}
	}
}

// applyAuditLocked enters what an operator, or the owner of a room, did elsewhere.
func (h *Hub) applyAuditLocked(a *AuditEntry) {
	h.auditLog.put(a)
	h.lastAuditNumber = max(h.lastAuditNumber, a.Number)
}

// nextAuditNumberLocked returns the number of an act. Houses that share a book take the time,
// so that they give out different ones.
func (h *Hub) nextAuditNumberLocked() uint64 {
	h.lastAuditNumber++
	if h.nodeBits != 0 {
		h.lastAuditNumber = max(h.lastAuditNumber, uint64(time.Now().UnixNano()))
	}
	return h.lastAuditNumber
}
