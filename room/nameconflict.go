package room

import (
	"slices"
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// Two nodes may give out the same name at the same time. Each of them then decides by itself who
// keeps it, and they agree because the rules only use what all nodes know: the owner of the name
// in the record store or, if there is none, who has had the name for longer.

// resolveNameConflictLocked returns what u, a user at a peer, is called here: their own name, which
// its holder loses if the rules say so, or another one.
func (h *Hub) resolveNameConflictLocked(u *user, name string) (string, names.Identity) {
	id, err := names.Check(name)
	if err != nil { // not a name by our rules: the peer runs another version
		h.online.setRemoteName(u, name)
		return h.nextNameLocked(names.Fallback)
	}
	for holder := h.online.holder(id, u); holder != nil; holder = h.online.holder(id, u) {
		if !h.mustYieldNameLocked(holder, u, id) {
			h.online.setRemoteName(u, name)
			return h.nextNameLocked(name)
		}
		h.yieldNameLocked(holder)
	}
	h.online.setRemoteName(u, "")
	return name, id
}

// mustYieldNameLocked reports whether the holder of a name must leave it to another user. Two users
// of the same peer never conflict: whoever has the name there has it here.
func (h *Hub) mustYieldNameLocked(holder, to *user, id names.Identity) bool {
	if pr := to.sessions[0].peer; !holder.isLocal() && holder.sessions[0].peer == pr {
		return true
	}
	if number := holder.info.Load().Unnamed; number != to.info.Load().Unnamed {
		return number
	}
	if _, other := h.names.Owners(id, holder.info.Load().Person); other != nil && other.Person == to.person() {
		return true
	}
	if _, other := h.names.Owners(id, to.person()); other != nil && other.Person == holder.person() {
		return false
	}
	if to.namedAt.Equal(holder.namedAt) {
		return to.info.Load().SessionID < holder.info.Load().SessionID
	}
	return to.namedAt.Before(holder.namedAt)
}

// yieldNameLocked gives u another name, because its name belongs to somebody else. A user without a
// name of their own gets another number and is not told.
func (h *Hub) yieldNameLocked(u *user) {
	old, wished := u.info.Load().Name, u.info.Load().Name
	if u.info.Load().Unnamed {
		wished = names.Fallback
	}
	name, id := h.nextNameLocked(wished)
	switch {
	case u.isLocal():
		u.assigned, u.namedAt = true, time.Now()
	case u.remoteName == "":
		h.online.setRemoteName(u, old)
	}
	h.renameUserLocked(u, name, id)
	for _, s := range u.sessions {
		if s.peer == nil && !u.info.Load().Unnamed {
			s.post(NewNotice(reply.NameLost, old, name))
		}
	}
}

// renameUserLocked gives u another name, which must be free, and tells the rooms.
func (h *Hub) renameUserLocked(u *user, name string, id names.Identity) {
	was := *u.info.Load()
	who := was
	who.Name, who.folded = name, names.Fold(name)
	who.Verified = h.names.Owns(who.Person, id)
	h.setNameLocked(u, id, &who)
	h.announceToRoomsLocked(u, &Event{Time: time.Now(), Kind: Renamed, User: &who, OldName: was.Name, OldUser: &was})
}

// enforceOwnerLocked takes a name from a local user who is not its owner.
func (h *Hub) enforceOwnerLocked(id names.Identity, owner string) {
	if holder := h.online.holder(id, nil); holder != nil && holder.isLocal() && holder.person() != owner {
		h.yieldNameLocked(holder)
	}
	h.reconcileNamesLocked()
}

// reconcileNamesLocked gives users at peers the names that they have at their own nodes, as far as
// those have become free here.
func (h *Hub) reconcileNamesLocked() {
	for u := range h.online.misnamed {
		switch id, err := names.Check(u.remoteName); {
		case !u.isRemote():
			h.online.setRemoteName(u, "")
		case u.isLocal():
		case err == nil && h.online.holder(id, u) == nil:
			name := u.remoteName
			h.online.setRemoteName(u, "")
			h.renameUserLocked(u, name, id)
		}
	}
}

// isLocal reports whether u has a session at this node.
func (u *user) isLocal() bool {
	return slices.ContainsFunc(u.sessions, func(s *Session) bool { return s.peer == nil })
}

// isRemote reports whether u has a session at another node.
func (u *user) isRemote() bool {
	return slices.ContainsFunc(u.sessions, func(s *Session) bool { return s.peer != nil })
}

// peerName returns the name of the peer where u acts, as in [Event].Peer.
func (u *user) peerName() string {
	if len(u.sessions) == 0 || u.isLocal() {
		return ""
	}
	return u.sessions[0].peer.name
}

func (u *user) person() string { return u.info.Load().Person }
