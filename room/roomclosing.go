package room

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// closeRoom implements /close. What was said in the room is forgotten, as in a room that expires.
// Terminals in it go on in the lobby; other sessions, such as programs whose output is not meant
// for the lobby, end.
func (s *Session) closeRoom(name string, sure bool) (Reply, error) {
	h, rn := s.hub, parseRequestedRoom(name)
	h.mu.Lock()
	r := h.rooms[rn.identity.Key]
	switch {
	case rn.err == nil && r == h.lobbyLocked():
		h.mu.Unlock()
		return nil, reply.Refuse(reply.LobbyIsForEveryone)
	case rn.err != nil || r == nil:
		h.mu.Unlock()
		return nil, reply.Refuse(reply.NoSuchRoom, text.Clean(rn.name))
	case !sure:
		defer h.mu.Unlock()
		return nil, reply.Refuse(reply.ConfirmCloseRoom, r.name, len(r.members), r.name)
	}
	h.evictRoomLocked(r)
	h.saveClosingLocked(r)
	h.closeRoomLocked(r)
	h.mu.Unlock()
	h.wakeForJoinLeave()
	s.audit("close", "#"+r.name, "")
	return NewNotice(reply.RoomClosedNow, r.name), nil
}

// evictRoomLocked makes everybody leave a room and tells them why.
func (h *Hub) evictRoomLocked(r *Room) {
	lobby := h.lobbyLocked()
	for s := range h.sessions {
		switch {
		case s.room() == r && (s.following || !s.oneShot && !s.client.Terminal):
			s.leaveLocked(Kicked, reply.RoomClosed, r.name)
		case s.oneShot:
		case s.room() == r:
			s.switchRoomLocked(lobby)
			s.removeUnreadWatchLocked(r)
			s.post(NewNotice(reply.RoomClosed, r.name))
		case r.members[s.user]:
			s.removeUnreadWatchLocked(r)
			s.post(NewNotice(reply.RoomClosed, r.name))
		}
	}
	for u := range r.members {
		h.removeMemberLocked(u, r, Quit)
	}
}

// saveClosingLocked stores that an operator closed a room. Other nodes must learn that: a node with
// members in the room would otherwise keep it.
func (h *Hub) saveClosingLocked(r *Room) {
	if h.nodeBits == 0 {
		h.roomRecords.WriteDelete(r.identity.Key)
		return
	}
	h.closings[r.identity.Key] = time.Now()
	h.roomRecords.Write(r.identity.Key, &roomRecord{Name: r.name, Owner: r.owner, Since: r.createdAt, Closed: time.Now()})
}

// sweepClosingsLocked deletes the records of closed rooms once all nodes must have read them.
func (h *Hub) sweepClosingsLocked() {
	for key, at := range h.closings {
		switch {
		case h.rooms[key] != nil: // created again
			delete(h.closings, key)
		case time.Since(at) > emptyRoomTTL:
			delete(h.closings, key)
			h.roomRecords.WriteDelete(key)
		}
	}
}

// applyClosingLocked closes a room that an operator closed at another node, unless it was created
// again since.
func (h *Hub) applyClosingLocked(r *Room, row *roomRecord) {
	switch {
	case r == nil:
	case r.createdAt.After(row.Since):
		h.saveRoomLocked(r)
	default:
		h.evictRoomLocked(r)
		h.closeRoomLocked(r)
	}
}

// unmarkBot implements /unbot: an operator turns a bot back into a person, without commands.
func (s *Session) unmarkBot(name string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	person, b := h.findBotLocked(name)
	if b == nil {
		h.mu.Unlock()
		return nil, reply.Refuse(reply.NoSuchBot, text.Clean(name))
	}
	h.bots.Put(person, nil)
	h.setBotFlagLocked(person, false)
	h.mu.Unlock()
	s.audit("unbot", b.Name+" ("+person+")", "")
	return NewNotice(reply.BotUnmarked, b.Name), nil
}

// findBotLocked returns the bot that has or owns a name, or had it when it was last seen.
func (h *Hub) findBotLocked(name string) (person string, b *accounts.Bot) {
	if person, _ = h.resolvePersonLocked(name); h.bots.Get(person) != nil {
		return person, h.bots.Get(person)
	}
	for person, b := range h.bots.All() {
		if person == name || names.Key(b.Name) == names.Key(name) {
			return person, b
		}
	}
	return "", nil
}

// freeNameCommand implements /free: an operator takes a name from its owner. A user who has the
// name keeps it for now.
func (s *Session) freeNameCommand(name string, sure bool) (Reply, error) {
	id, err := names.Check(name)
	if err != nil {
		return nil, err
	}
	h := s.hub
	h.mu.Lock()
	_, o := h.names.Owners(id, "")
	switch {
	case o == nil:
		h.mu.Unlock()
		return nil, reply.Refuse(reply.NobodysName, text.Clean(name))
	case !sure:
		defer h.mu.Unlock()
		return nil, reply.Refuse(reply.ConfirmFree, o.Name, reply.Moment(o.LastUsed), o.Name)
	}
	h.names.Revoke(o)
	if u := h.online.byPerson[o.Person]; u != nil {
		who := *u.info.Load()
		who.Verified = h.names.Owns(o.Person, u.identity)
		h.setUserInfoLocked(u, &who)
		if u.terminal != nil && u.identity.LooksLike(o.Identity()) {
			u.terminal.post(NewNotice(reply.NameNoLongerYours, o.Name)) // OnLost has told about other names
		}
	}
	h.mu.Unlock()
	s.audit("free", o.Name+" ("+o.Person+")", "")
	return NewNotice(reply.NameReleased, o.Name), nil
}
