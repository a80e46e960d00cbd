package room

import (
	"slices"

	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// ApplyRemote applies a record that another node wrote to the store, with its consequences: a
// banned person has to leave, a topic changes. Revision is the number of the last record that this
// node had written when the store found that it had no later value for this one. If this node has
// written since, ApplyRemote does nothing and returns false, and the caller must look again. A
// record that cannot be read is an error and changes nothing.
func (h *Hub) ApplyRemote(r records.Record, revision uint64) (applied bool, err error) {
	applied, orphaned, err := h.applyRemote(r, revision)
	h.wakeForJoinLeave()
	if orphaned && h.OnOrphaned != nil {
		h.OnOrphaned()
	}
	return applied, err
}

// applyRemote is ApplyRemote without the part that must run without the lock. Orphaned says that
// there is no operator any more.
func (h *Hub) applyRemote(r records.Record, revision uint64) (applied, orphaned bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.lastRecord.Load() > revision {
		return false, false, nil
	}
	had := h.moderation.HasOperator()
	err = h.tables.Apply(r)
	return true, had && !h.moderation.HasOperator(), err
}

// personSessionsLocked returns a person's sessions, including those at other nodes.
func (h *Hub) personSessionsLocked(person string) []*Session {
	return slices.DeleteFunc(h.allSessionsLocked(), func(s *Session) bool { return s.Person != person })
}

// applyRoomLocked creates a room, or changes its state. If two people created it at the same time,
// it belongs to the earlier one.
func (h *Hub) applyRoomLocked(row *roomRecord) {
	id, err := names.Check(row.Name)
	if err != nil {
		return
	}
	r := h.rooms[id.Key]
	if !row.Closed.IsZero() {
		h.closings[id.Key] = row.Closed
		h.applyClosingLocked(r, row)
		return
	}
	if r != nil && row.Since.After(r.createdAt) && r.isExpiredLocked() { // the other node noticed that first
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
	if r.createdAt.Before(row.Since) { // one person created it at two nodes at once
		defer h.saveRoomLocked(r)
	} else {
		r.setCreatedAt(row.Since)
	}
	private := row.Private || r.private && r.owner != row.Owner // what was said in a private room stays private
	r.owner, r.private, r.topic = row.Owner, private, row.Topic
	r.invited = map[string]string{}
	for person, name := range row.Invited {
		r.invited[person] = name
	}
	h.evictFollowersLocked(r)
}

// applyRoomDeletionLocked closes a room, unless somebody is in it.
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

// applyLinkedKeyLocked ends the sessions that came with a key which now belongs to another person:
// they have to reconnect.
func (h *Hub) applyLinkedKeyLocked(fingerprint string) {
	for s := range h.sessions {
		switch {
		case s.client.Fingerprint != fingerprint || !s.isRevokedLocked():
		case h.keys.IsKnown(h.keys.PersonOf(fingerprint)):
			s.leaveLocked(Quit, reply.KeyAdded)
		default:
			s.leaveLocked(Revoked, reply.GoodbyeRevoked)
		}
	}
}
