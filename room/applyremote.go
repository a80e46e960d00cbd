package room

import (
	"slices"

	"teahouse/internal/ids"
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
	applied, orphaned, err := applyRemote(h, r, revision)
	if orphaned && h.config.OnOrphaned != nil {
		h.config.OnOrphaned()
	}
	return applied, err
}

// applyRemote is ApplyRemote without the part that must run without the lock. Orphaned says that
// there is no operator any more.
func applyRemote(h *Hub, r records.Record, revision uint64) (applied, orphaned bool, err error) {
	st := h.Lock()
	defer st.Unlock()
	if h.lastRecord.Load() > revision {
		return false, false, nil
	}
	had := st.Moderation.HasOperator()
	err = st.Tables.Apply(r)
	return true, had && !st.Moderation.HasOperator(), err
}

// personSessions returns a person's sessions, including those at other nodes.
func (st *State) personSessions(person ids.Account) []*Session {
	return slices.DeleteFunc(st.allSessions(), func(s *Session) bool { return s.Person != person })
}

// apply creates a room, or changes its state. If two people created it at the same time,
// it belongs to the earlier one.
func (rs *Rooms) apply(row *roomRecord) {
	id, err := names.Check(row.Name)
	if err != nil {
		return
	}
	r := rs.ByID[id.Key.Room()]
	if !row.Closed.IsZero() {
		rs.closings[id.Key.Room()] = row.Closed
		rs.applyClosing(r, row)
		return
	}
	if r != nil && row.Since.After(r.createdAt) && r.isExpiredLocked() { // the other node noticed that first
		rs.Close(r)
		r = nil
	}
	if r == nil {
		rs.load(row)
		return
	}
	if r.Owner != row.Owner && r.createdAt.Before(row.Since) {
		rs.save(r)
		return
	}
	if r.createdAt.Before(row.Since) { // one person created it at two nodes at once
		defer rs.save(r)
	} else {
		r.setCreatedAt(row.Since)
	}
	private := row.Private || r.Private && r.Owner != row.Owner // what was said in a private room stays private
	r.Owner, r.Private, r.topic = row.Owner, private, row.Topic
	r.Invited = map[ids.Account]string{}
	for person, name := range row.Invited {
		r.Invited[person] = name
	}
	rs.evictFollowers(r)
}

// applyDeletion closes a room, unless somebody is in it.
func (rs *Rooms) applyDeletion(room ids.Room) {
	r := rs.ByID[room]
	switch {
	case r == nil:
	case len(r.Members) > 0 || r.Readers() > 0:
		rs.save(r)
	default:
		rs.Close(r)
	}
}

// applyLinkedKey ends the sessions that came with a key which now belongs to another person:
// they have to reconnect.
func (p *People) applyLinkedKey(fingerprint ids.Fingerprint) {
	for s := range p.st.Sessions {
		switch {
		case s.Client.Fingerprint != fingerprint || !p.IsRevoked(s):
		case p.st.Keys.IsKnown(p.st.Keys.PersonOf(fingerprint)):
			p.st.leave(s, Quit, reply.KeyAdded)
		default:
			p.st.leave(s, Revoked, reply.GoodbyeRevoked)
		}
	}
}
