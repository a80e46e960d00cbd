package room

import (
	"time"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// closeRoom does /close. What was said in the room is forgotten, as where nobody was in it
// for long. Who is in it at a terminal goes on in the lobby; others, as programs whose words
// are not for the lobby, have to leave.
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
	return notice(reply.RoomClosedNow, r.name), nil
}

// evictRoomLocked has everybody leave a room, who is told why.
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
			s.post(notice(reply.RoomClosed, r.name))
		case r.members[s.user]:
			s.removeUnreadWatchLocked(r)
			s.post(notice(reply.RoomClosed, r.name))
		}
	}
	for u := range r.members {
		h.removeMemberLocked(u, r, Quit)
	}
}

// saveClosingLocked writes down that a room is closed. Houses that share the book have to
// hear that an operator did it: one where somebody is in the room would otherwise go on with it.
func (h *Hub) saveClosingLocked(r *Room) {
	if h.nodeBits == 0 {
		h.roomRecords.WriteDelete(r.identity.Key)
		return
	}
	h.closings[r.identity.Key] = time.Now()
	h.roomRecords.Write(r.identity.Key, &roomRecord{Name: r.name, Owner: r.owner, Since: r.createdAt, Closed: time.Now()})
}

// sweepClosingsLocked strikes out that rooms were closed of which all houses must have heard.
func (h *Hub) sweepClosingsLocked() {
	for key, at := range h.closings {
		switch {
		case h.rooms[key] != nil: // founded again
			delete(h.closings, key)
		case time.Since(at) > emptyRoomTTL:
			delete(h.closings, key)
			h.roomRecords.WriteDelete(key)
		}
	}
}

// applyClosingLocked closes a room that an operator closed in another house, unless it was
// founded again since.
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

// unmarkBot does /unbot: an operator has a bot be a person again, without its commands.
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
	return notice(reply.BotUnmarked, b.Name), nil
}

// findBotLocked returns the bot of a name, which it has, owns, or last told of itself.
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

// freeNameCommand does /free: an operator takes a name from whose it is. Who is called so stays so.
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
			u.terminal.post(notice(reply.NameNoLongerYours, o.Name)) // of other names revokeNameLocked has told
		}
	}
	h.mu.Unlock()
	s.audit("free", o.Name+" ("+o.Person+")", "")
	return notice(reply.NameReleased, o.Name), nil
}
