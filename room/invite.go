package room

import (
	"time"

	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// invite implements /invite: with a name, an invitation to the room that s looks at; without, for
// operators, a code that lets a key into the server for good.
func (s *Session) invite(args []string) (Reply, error) {
	switch {
	case len(args) > 0:
		return s.inviteToRoom(args[0])
	case !s.isOperator():
		return nil, reply.Refuse(reply.OperatorsOnly)
	}
	h := s.hub
	h.mu.Lock()
	code, now := newCode(), time.Now()
	given := h.moderation.Invite(code, moderation.Grant{By: s.User().Name, Key: s.client.Fingerprint, Since: now, Until: now.Add(moderation.InvitationTTL)})
	h.mu.Unlock()
	if !given {
		return nil, reply.Refuse(reply.TryLater)
	}
	s.audit("invite", "", "")
	return NewNotice(reply.InviteCode, formatCode(code), int(moderation.InvitationTTL.Hours()/24)), nil
}

// redeemCommand implements enter CODE for somebody who may enter anyway. For others the door calls
// [Hub.Redeem].
func (s *Session) redeemCommand(args []string) (Reply, error) {
	if err := s.hub.redeem(s.client, args[0]); err != nil {
		return nil, err
	}
	return NewNotice(reply.KeyAdmitted), nil
}

// Redeem uses a code from /invite to let the key of somebody who may not enter yet in for good. The
// audit log says which key came by whose code. The error is a [*reply.Refusal], even if the key is
// let in but that could not be stored.
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
	h.recordAudit(moderation.AuditEntry{By: g.By, Fingerprint: g.Key, Action: "invite", Target: ci.Fingerprint, Detail: "came in by the code"})
	return nil
}

// redeemLocked uses up a code and returns what was stored about it.
func (h *Hub) redeemLocked(ci *ClientInfo, code string) (*moderation.Grant, error) {
	person := h.identifyLocked(ci)
	if person == "" {
		return nil, reply.Refuse(reply.NeedKey)
	}
	now := time.Now()
	g, err := h.moderation.Invitation(code, now)
	if err != nil {
		return nil, reply.Refuse(reply.WrongCode)
	}
	if p := h.moderation.BanOn(person, countedAddrs(ci.Remote)...); p != nil {
		return nil, banRefusal(p)
	}
	if err := h.moderation.Redeem(code, person, now); err != nil {
		return nil, reply.Refuse(reply.TooManyPenalties, moderation.MaxAllowed)
	}
	return g, nil
}

// inviteToRoom implements /invite NAME: it lets somebody into the room that s looks at.
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
	if err := s.maySpeakLocked(); err != nil { // the invitation contains the room's name
		return nil, err
	}
	if r.private {
		r.invited[person] = spelled
		h.saveRoomLocked(r)
	}
	if u != nil && u.terminal != nil {
		spelled = u.info.Load().Name
		e := NewNotice(reply.InvitedTo, s.User().Name, r.name, r.name)
		e.User = s.User()
		if !u.terminal.ignoresUser(e.User) {
			u.terminal.post(e)
		}
	}
	return NewNotice(reply.InvitedNow, spelled, r.name), nil
}
