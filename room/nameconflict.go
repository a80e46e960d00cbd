package room

import (
	"slices"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/names"
	"teahouse/internal/reply"
)

// Two nodes may give out the same name at the same time. Each of them then decides by itself who
// keeps it, and they agree because the rules only use what all nodes know: the owner of the name
// in the record store or, if there is none, who has had the name for longer.

// resolveConflict returns what u, a user at a peer, is called here: their own name, which
// its holder loses if the rules say so, or another one.
func (n *Naming) resolveConflict(u *User, name string) (string, names.Identity) {
	id, err := names.Check(name)
	if err != nil { // not a name by our rules: the peer runs another version
		n.st.Online.SetRemoteName(u, name)
		return n.next(names.Fallback)
	}
	for holder := n.st.Online.Holder(id, u); holder != nil; holder = n.st.Online.Holder(id, u) {
		if !n.mustYield(holder, u, id) {
			n.st.Online.SetRemoteName(u, name)
			return n.next(name)
		}
		n.yield(holder)
	}
	n.st.Online.SetRemoteName(u, "")
	return name, id
}

// mustYield reports whether the holder of a name must leave it to another user. Two users
// of the same peer never conflict: whoever has the name there has it here.
func (n *Naming) mustYield(holder, to *User, id names.Identity) bool {
	if !holder.IsLocal() && holder.Sessions[0].node == to.Sessions[0].node {
		return true
	}
	if number := holder.Info().Unnamed; number != to.Info().Unnamed {
		return number
	}
	if _, other := n.st.Names.Owners(id, holder.Info().Person); other != nil && other.Person == to.Person() {
		return true
	}
	if _, other := n.st.Names.Owners(id, to.Person()); other != nil && other.Person == holder.Person() {
		return false
	}
	if to.NamedAt.Equal(holder.NamedAt) {
		return to.Info().SessionID < holder.Info().SessionID
	}
	return to.NamedAt.Before(holder.NamedAt)
}

// yield gives u another name, because its name belongs to somebody else. A user without a
// name of their own gets another number and is not told.
func (n *Naming) yield(u *User) {
	old, wanted := u.Info().Name, u.Info().Name
	if u.Info().Unnamed {
		wanted = names.Fallback
	}
	name, id := n.next(wanted)
	switch {
	case u.IsLocal():
		u.Assigned, u.NamedAt = true, time.Now()
	case u.RemoteName == "":
		n.st.Online.SetRemoteName(u, old)
	}
	n.setName(u, name, id)
	for _, s := range u.Sessions {
		if s.node == nil && !u.Info().Unnamed {
			s.Post(NewNotice(reply.NameLost, old, name))
		}
	}
}

// ApplyRemoteName gives u, who has a session at another node, the name that they have there, if
// possible. NamedAt says since when they have it. The lock is held.
func (n *Naming) ApplyRemoteName(u *User, there string, namedAt time.Time) {
	was := u.Info().Name
	if was == there {
		n.st.Online.SetRemoteName(u, "")
		return
	}
	if u.IsLocal() && !namedAt.After(u.NamedAt) { // the latest name counts
		n.st.Online.SetRemoteName(u, there) // the other node uses that name until it hears of ours
		return
	}
	u.NamedAt = namedAt
	if wanted, err := names.Check(there); u.RemoteName == there && (err != nil || n.st.Online.Holder(wanted, u) != nil) {
		return // the user gets it when it becomes free
	}
	name, id := n.resolveConflict(u, there)
	if name == was {
		return
	}
	n.setName(u, name, id)
}

// setName gives u another name, which must be free, and tells the rooms.
func (n *Naming) setName(u *User, name string, id names.Identity) {
	was := *u.Info()
	who := was
	who.SetName(name)
	who.Verified = n.st.Names.Owns(who.Person, id)
	n.set(u, id, &who)
	n.st.Rooms.announce(u, &Event{Time: time.Now(), Kind: Renamed, User: &who, OldName: was.Name, OldUser: &was})
}

// enforceOwner takes a name from a local user who is not its owner.
func (n *Naming) enforceOwner(id names.Identity, owner ids.Account) {
	if holder := n.st.Online.Holder(id, nil); holder != nil && holder.IsLocal() && holder.Person() != owner {
		n.yield(holder)
	}
	n.Reconcile()
}

// Reconcile gives users at peers the names that they have at their own nodes, as far as
// those have become free here.
func (n *Naming) Reconcile() {
	for u := range n.st.Online.Misnamed {
		switch id, err := names.Check(u.RemoteName); {
		case !u.IsRemote():
			n.st.Online.SetRemoteName(u, "")
		case u.IsLocal():
		case err == nil && n.st.Online.Holder(id, u) == nil:
			name := u.RemoteName
			n.st.Online.SetRemoteName(u, "")
			n.setName(u, name, id)
		}
	}
}

// IsLocal reports whether u has a session at this node.
func (u *User) IsLocal() bool {
	return slices.ContainsFunc(u.Sessions, func(s *Session) bool { return s.node == nil })
}

// IsRemote reports whether u has a session at another node.
func (u *User) IsRemote() bool {
	return slices.ContainsFunc(u.Sessions, func(s *Session) bool { return s.node != nil })
}

// peerName returns the name of the peer where u acts, as in [Event].Peer.
func (u *User) peerName() string {
	if len(u.Sessions) == 0 || u.IsLocal() {
		return ""
	}
	return u.Sessions[0].node.Name()
}
