package room

import (
	"time"
)

// closeRoom does /close. What was said in the room is forgotten, as where nobody was in it
// for long. Who is in it at a terminal goes on in the lobby; others, as programs whose words
// are not for the lobby, have to leave.
func (u *User) closeRoom(name string, sure bool) (*Event, error) {
	h, w := u.house, wishRoom(name)
	h.mu.Lock()
	r := h.rooms[w.identity.key]
	switch {
	case w.err == nil && r == h.lobbyLocked():
		h.mu.Unlock()
		return nil, refuse(LobbyIsForAll)
	case w.err != nil || r == nil:
		h.mu.Unlock()
		return nil, refuse(NoSuchRoom, Clean(w.name))
	case !sure:
		defer h.mu.Unlock()
		return nil, refuse(CloseAsk, r.name, len(r.members), r.name)
	}
	h.clearRoomLocked(r)
	h.writeClosedLocked(r)
	h.closeRoomLocked(r)
	h.mu.Unlock()
	h.wakeForMove()
	u.audit("close", "#"+r.name, "")
	return notice(RoomClosedNow, r.name), nil
}

// clearRoomLocked has everybody leave a room, who is told why.
func (h *House) clearRoomLocked(r *Room) {
	lobby := h.lobbyLocked()
	for u := range h.users {
		switch {
		case u.here() == r && (u.following || !u.visiting && !u.visitor.Terminal):
			u.leaveLocked(Kicked, RoomClosed, r.name)
		case u.visiting:
		case u.here() == r:
			u.lookLocked(lobby)
			u.unwatchLocked(r)
			u.post(notice(RoomClosed, r.name))
		case r.members[u.presence]:
			u.unwatchLocked(r)
			u.post(notice(RoomClosed, r.name))
		}
	}
	for p := range r.members {
		h.leaveRoomLocked(p, r, Quit)
	}
}

// writeClosedLocked writes down that a room is closed. Houses that share the book have to
// hear that an operator did it: one where somebody is in the room would otherwise go on with it.
func (h *House) writeClosedLocked(r *Room) {
	if h.salt == 0 {
		h.writeLocked(tableRooms, r.identity.key, nil)
		return
	}
	h.closings[r.identity.key] = time.Now()
	h.writeLocked(tableRooms, r.identity.key, &roomRow{Name: r.name, Owner: r.owner, Since: r.founded, Closed: time.Now()})
}

// sweepClosedLocked strikes out that rooms were closed of which all houses must have heard.
func (h *House) sweepClosedLocked() {
	for key, at := range h.closings {
		switch {
		case h.rooms[key] != nil: // founded again
			delete(h.closings, key)
		case time.Since(at) > emptyTime:
			delete(h.closings, key)
			h.writeLocked(tableRooms, key, nil)
		}
	}
}

// learnClosedLocked closes a room that an operator closed in another house, unless it was
// founded again since.
func (h *House) learnClosedLocked(r *Room, row *roomRow) {
	switch {
	case r == nil:
	case r.founded.After(row.Since):
		h.writeRoomLocked(r)
	default:
		h.clearRoomLocked(r)
		h.closeRoomLocked(r)
	}
}

// unmarkBot does /unbot: an operator has a bot be a person again, without its commands.
func (u *User) unmarkBot(name string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	person, b := h.botNamedLocked(name)
	if b == nil {
		h.mu.Unlock()
		return nil, refuse(NoSuchBot, Clean(name))
	}
	putLocked(h, tableBots, h.bots, person, nil)
	h.markLocked(person, false)
	h.mu.Unlock()
	u.audit("unbot", b.Name+" ("+person+")", "")
	return notice(BotUnmarked, b.Name), nil
}

// botNamedLocked returns the bot of a name, which it has, owns, or last told of itself.
func (h *House) botNamedLocked(name string) (person string, b *bot) {
	if person, _ = h.personOfLocked(name); h.bots[person] != nil {
		return person, h.bots[person]
	}
	for person, b := range h.bots {
		if person == name || NameKey(b.Name) == NameKey(name) {
			return person, b
		}
	}
	return "", nil
}

// freeName does /free: an operator takes a name from whose it is. Who is called so stays so.
func (u *User) freeName(name string, sure bool) (*Event, error) {
	id, err := checkName(name)
	if err != nil {
		return nil, err
	}
	h := u.house
	h.mu.Lock()
	_, c := h.claimedLocked(id, "")
	switch {
	case c == nil:
		h.mu.Unlock()
		return nil, refuse(NobodysName, Clean(name))
	case !sure:
		defer h.mu.Unlock()
		return nil, refuse(FreeAsk, c.Name, Moment(c.Seen), c.Name)
	}
	h.loseLocked(c)
	if p := h.people[c.Person]; p != nil {
		who := *p.who.Load()
		who.Verified = h.ownsLocked(c.Person, p.identity)
		h.becomeLocked(p, &who)
		if p.terminal != nil && p.identity.looksLike(c.identity) {
			p.terminal.post(notice(NameGone, c.Name)) // of other names loseLocked has told
		}
	}
	h.mu.Unlock()
	u.audit("free", c.Name+" ("+c.Person+")", "")
	return notice(NameReleased, c.Name), nil
}
