package room

import (
	"slices"

	"teahouse/internal/names"
	"teahouse/internal/records"
	"teahouse/internal/reply"
)

// ApplyRemote takes a record of the store that another node has written, and does what follows from
// it: who is banned has to leave, a topic changes. Revision is the number of the last record that had been
// written here when the store found that it has no later value of this one. Where this node has written
// since then, ApplyRemote does nothing and returns false: look again. A record that cannot be read
// is an error, and changes nothing.
func (h *Hub) ApplyRemote(r records.Record, revision uint64) (applied bool, err error) {
	applied, orphaned, err := h.applyRemote(r, revision)
	h.wakeForJoinLeave()
	if orphaned && h.OnOrphaned != nil {
		h.OnOrphaned()
	}
	return applied, err
}

// applyRemote is ApplyRemote but for what has to be done without the lock. Orphaned says that there
// is no operator any more.
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

// personSessionsLocked returns the sessions of a person, those at other nodes too.
func (h *Hub) personSessionsLocked(person string) []*Session {
	return slices.DeleteFunc(h.allSessionsLocked(), func(s *Session) bool { return s.Person != person })
}

// applyRoomLocked makes a room, or changes what holds in it. Where two founded it, it is
// the first one's.
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
