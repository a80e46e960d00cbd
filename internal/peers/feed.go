package peers

import (
	"slices"
	"time"

	"teahouse/internal/event"
	"teahouse/internal/follow"
	"teahouse/internal/private"
	"teahouse/internal/reply"
	"teahouse/room"
)

// A Feed provides what other nodes must know about this one: events, as a [room.Subscription], and
// changes of sessions. Deliver and Disconnect may be called from any goroutine.
type Feed struct {
	*room.Subscription
	hub      *room.Hub
	sessions map[uint64]*room.Session // the sessions that other nodes may know; guarded by the hub's lock
	changed  map[*room.Session]bool   // since the last call of ChangedSessions; guarded by the hub's lock
}

// NewFeed returns the Feed of a hub that is one of several nodes. It must be called once, before the
// first session enters. Node is the name of this node.
func NewFeed(h *room.Hub, node string) *Feed {
	f := &Feed{Subscription: h.SubscribeFirst(), hub: h, sessions: map[uint64]*room.Session{}, changed: map[*room.Session]bool{}}
	st := h.Lock()
	defer st.Unlock()
	st.JoinNodes(node, f.sessionChanged)
	return f
}

// sessionChanged notes that other nodes must be told of a change of s.
func (f *Feed) sessionChanged(s *room.Session) {
	f.changed[s] = true
	f.Signal()
}

// ChangedSessions returns the sessions that have changed since the last call, including those that
// have ended.
func (f *Feed) ChangedSessions() (changed []Session) {
	st := f.hub.Lock()
	defer st.Unlock()
	for s := range f.changed {
		if ps := describe(st, s); ps.LeftReason == "" {
			f.sessions[s.ID()] = s
			changed = append(changed, ps)
		} else if f.sessions[s.ID()] != nil {
			delete(f.sessions, s.ID())
			changed = append(changed, ps)
		}
	}
	clear(f.changed)
	slices.SortFunc(changed, func(a, b Session) int { return a.Since.Compare(b.Since) })
	return changed
}

// AllSessions returns all sessions, for a node that asks. Changes among them stay pending for
// ChangedSessions, because the other nodes have not asked.
func (f *Feed) AllSessions() (all []Session) {
	st := f.hub.Lock()
	defer st.Unlock()
	for s := range st.Sessions {
		if !s.OneShot || s.Following {
			f.sessions[s.ID()] = s
			all = append(all, describe(st, s))
		}
	}
	slices.SortFunc(all, func(a, b Session) int { return a.Since.Compare(b.Since) })
	return all
}

// session returns a local session, or nil if it has ended.
func (f *Feed) session(id uint64) *room.Session {
	st := f.hub.Lock()
	defer st.Unlock()
	if s := f.sessions[id]; st.Sessions[s] {
		return s
	}
	return nil
}

// Deliver hands an item from somebody at another node to a session at this one. The error is a
// [*reply.Refusal] or [room.ErrSessionOver].
func (f *Feed) Deliver(id uint64, item event.Item) error {
	s := f.session(id)
	if s == nil {
		return room.ErrSessionOver
	}
	switch item := item.(type) {
	case *room.BotCommand:
		return follow.ReceiveCommand(s, item)
	case *event.Event:
		item.To = s.UserInfo()
		return private.Receive(s, item)
	}
	return s.Receive(item)
}

// Announce tells everybody at this node something, and nobody at others.
func (f *Feed) Announce(p reply.Code, args ...any) {
	st := f.hub.Lock()
	rooms := st.Rooms.Sorted()
	st.Unlock()
	for _, one := range rooms {
		one.Append(&event.Event{Time: time.Now(), Kind: event.Announced, User: &event.UserInfo{}, Code: p, Args: args, Peer: "-"})
		one.Wake()
	}
}

// Disconnect ends a session at this node on behalf of another one. The error is
// [room.ErrSessionOver].
func (f *Feed) Disconnect(id uint64, reason event.Reason, farewell reply.Code, args ...any) error {
	st := f.hub.Lock()
	defer st.Unlock()
	s := f.sessions[id]
	if !st.Sessions[s] {
		return room.ErrSessionOver
	}
	st.EndSessions([]*room.Session{s}, reason, farewell, args...)
	return nil
}
