package room

import (
	"time"

	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// inviteTTL is how long a code to enter is good.
	inviteTTL = 7 * 24 * time.Hour

	// maxInvites is how many such codes there are at a time.
	maxInvites = 100

	// maxAllowed is how many keys may have come in by such codes.
	maxAllowed = 10_000
)

// invite does /invite: with a name, it is to the room that s looks at; without, for
// operators, it returns a code by which a key gets into the house for good.
func (s *Session) invite(args []string) (Reply, error) {
	switch {
	case len(args) > 0:
		return s.inviteToRoom(args[0])
	case !s.isOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	h := s.hub
	h.mu.Lock()
	for code, g := range h.invites.All() {
		if h.clockOffsets.earliest().After(g.Until) { // other houses may know it as good
			h.invites.Put(code, nil)
		}
	}
	if h.invites.Len() >= maxInvites {
		h.mu.Unlock()
		return nil, reply.Refuse(reply.TryLater)
	}
	code := newCode()
	now := time.Now()
	h.invites.Put(code, &grant{By: s.User().Name, Key: s.client.Fingerprint, Since: now, Until: now.Add(inviteTTL)})
	h.mu.Unlock()
	s.audit("invite", "", "")
	return notice(reply.InviteCode, formatCode(code), int(inviteTTL.Hours()/24)), nil
}

// redeemCommand does enter CODE for somebody who may come in anyway; a door has others
// call Redeem.
func (s *Session) redeemCommand(args []string) (Reply, error) {
	if err := s.hub.redeem(s.client, args[0]); err != nil {
		return nil, err
	}
	return notice(reply.KeyAdmitted), nil
}

// Redeem lets the key of somebody who may not enter yet in for good, by a code of
// /invite; which key came by whose code is in the log of acts. The error is a
// [*Refusal], also where the key is let in, but that is not stored.
func (h *Hub) Redeem(ci ClientInfo, code string) error {
	before := h.lastRecord.Load()
	if err := h.redeem(ci, code); err != nil {
		return err
	}
	if late := h.waitStored(recordSpan{before, h.lastRecord.Load()}); late != "" {
		return reply.Refuse(late)
	}
	return nil
}

func (h *Hub) redeem(ci ClientInfo, code string) error {
	if err := h.throttleAddress(&ci, 1); err != nil {
		return err
	}
	h.mu.Lock()
	g, err := h.redeemLocked(&ci, normalizeCode(code))
	h.mu.Unlock()
	if err != nil {
		return err
	}
	h.recordAudit(AuditEntry{By: g.By, Fingerprint: g.Key, Action: "invite", Target: ci.Fingerprint, Detail: "came in by the code"})
	return nil
}

// redeemLocked uses up a code, and returns what was written of it.
func (h *Hub) redeemLocked(ci *ClientInfo, code string) (*grant, error) {
	person := h.identifyLocked(ci)
	if person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	g := h.invites.Get(code)
	if g == nil || time.Now().After(g.Until) {
		return nil, reply.Refuse(reply.WrongCode)
	}
	if p := h.banLocked(ci, person); p != nil {
		return nil, p.banRefusal()
	}
	if h.allowed.Len() >= maxAllowed && h.allowed.Get(person) == nil {
		return nil, reply.Refuse(reply.TooManyPenalties, maxAllowed)
	}
	h.allowed.Put(person, &grant{By: g.By, Since: time.Now()})
	h.invites.Put(code, nil) // after the key is let in, which then need not come again
	return g, nil
}

// inviteToRoom does /invite NAME: somebody may come into the room that s looks at.
func (s *Session) inviteToRoom(name string) (Reply, error) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	r := s.room()
	person, spelled := h.resolvePersonLocked(name)
	u := h.online.byName[names.Key(name)]
	switch {
	case r == h.lobbyLocked() && s.oneShot:
		return nil, reply.Refuse(reply.InviteNeedsRoomFlag, text.Clean(name))
	case r == h.lobbyLocked():
		return nil, reply.Refuse(reply.InviteNeedsRoom)
	case !s.mayManageRoomLocked(r) && r.private:
		return nil, reply.Refuse(reply.NotYourRoom, r.name)
	case u == nil && person == "":
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(name))
	case person == "" && r.private:
		return nil, reply.Refuse(reply.NoKeyKnown, text.Clean(name))
	case r.private && len(r.invited) >= maxInvited:
		return nil, reply.Refuse(reply.TooManyInvited, maxInvited)
	}
	if err := s.maySpeakLocked(); err != nil { // somebody reads it, with the room's name
		return nil, err
	}
	if r.private {
		r.invited[person] = spelled
		h.saveRoomLocked(r)
	}
	if u != nil && u.terminal != nil {
		spelled = u.info.Load().Name
		e := notice(reply.InvitedTo, s.User().Name, r.name, r.name)
		e.User = s.User()
		if !u.terminal.ignores(e) {
			u.terminal.post(e)
		}
	}
	return notice(reply.InvitedNow, spelled, r.name), nil
}
