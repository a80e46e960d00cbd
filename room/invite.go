package room

import "time"

const (
	// inviteTime is how long a code to enter is good.
	inviteTime = 7 * 24 * time.Hour

	// mostInvites is how many such codes there are at a time.
	mostInvites = 100

	// mostAllowed is how many keys may have come in by such codes.
	mostAllowed = 10_000
)

// invite does /invite: with a name, it is to the room that u looks at; without, for
// operators, it returns a code by which a key gets into the house for good.
func (u *User) invite(args []string) (*Event, error) {
	switch {
	case len(args) > 0:
		return u.inviteTo(args[0])
	case !u.isOperator():
		return nil, refuse(OperatorsOnly)
	}
	h := u.house
	h.mu.Lock()
	for code, g := range h.invites {
		if h.clocks.earliest().After(g.Until) { // other houses may know it as good
			putLocked(h, tableInvites, h.invites, code, nil)
		}
	}
	if len(h.invites) >= mostInvites {
		h.mu.Unlock()
		return nil, refuse(TryLater)
	}
	code := newCode()
	now := time.Now()
	putLocked(h, tableInvites, h.invites, code, &grant{By: u.Who().Name, Key: u.visitor.Key, Since: now, Until: now.Add(inviteTime)})
	h.mu.Unlock()
	u.audit("invite", "", "")
	return notice(InviteCode, spell(code), int(inviteTime.Hours()/24)), nil
}

// enterByCode does enter CODE for somebody who may come in anyway; a door has others
// call Redeem.
func (u *User) enterByCode(args []string) (*Event, error) {
	if err := u.house.redeem(u.visitor, args[0]); err != nil {
		return nil, err
	}
	return notice(Invited), nil
}

// Redeem lets the key of somebody who may not enter yet in for good, by a code of
// /invite; which key came by whose code is in the log of acts. The error is a
// [*Refusal], also where the key is let in, but that is not stored.
func (h *House) Redeem(v Visitor, code string) error {
	before := h.wrote.Load()
	if err := h.redeem(v, code); err != nil {
		return err
	}
	if late := h.settle(rowSpan{before, h.wrote.Load()}); late != "" {
		return refuse(late)
	}
	return nil
}

func (h *House) redeem(v Visitor, code string) error {
	if err := h.slowDown(&v, 1); err != nil {
		return err
	}
	h.mu.Lock()
	g, err := h.redeemLocked(&v, canonical(code))
	h.mu.Unlock()
	if err != nil {
		return err
	}
	h.audit(Act{By: g.By, Key: g.Key, What: "invite", Whom: v.Key, Detail: "came in by the code"})
	return nil
}

// redeemLocked uses up a code, and returns what was written of it.
func (h *House) redeemLocked(v *Visitor, code string) (*grant, error) {
	person := h.recognizeLocked(v)
	if person == "" {
		return nil, refuse(NeedKey)
	}
	g := h.invites[code]
	if g == nil || time.Now().After(g.Until) {
		return nil, refuse(WrongCode)
	}
	if p := h.banLocked(v, person); p != nil {
		return nil, p.banned()
	}
	if len(h.allowed) >= mostAllowed && h.allowed[person] == nil {
		return nil, refuse(TooManyPenalties, mostAllowed)
	}
	putLocked(h, tableAllowed, h.allowed, person, &grant{By: g.By, Since: time.Now()})
	putLocked(h, tableInvites, h.invites, code, nil) // after the key is let in, which then need not come again
	return g, nil
}

// inviteTo does /invite NAME: somebody may come into the room that u looks at.
func (u *User) inviteTo(name string) (*Event, error) {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	r := u.here()
	person, spelled := h.personOfLocked(name)
	p := h.online[NameKey(name)]
	switch {
	case r == h.lobbyLocked() && u.visiting:
		return nil, refuse(InviteByFlag, Clean(name))
	case r == h.lobbyLocked():
		return nil, refuse(InviteFromRoom)
	case !u.keepsLocked(r) && r.private:
		return nil, refuse(NotYourRoom, r.name)
	case p == nil && person == "":
		return nil, refuse(NoSuchUser, Clean(name))
	case person == "" && r.private:
		return nil, refuse(NoKeyKnown, Clean(name))
	case r.private && len(r.invited) >= mostInvited:
		return nil, refuse(TooManyInvited, mostInvited)
	}
	if err := u.maySpeakLocked(); err != nil { // somebody reads it, with the room's name
		return nil, err
	}
	if r.private {
		r.invited[person] = spelled
		h.writeRoomLocked(r)
	}
	if p != nil && p.terminal != nil {
		spelled = p.who.Load().Name
		e := notice(InvitedTo, u.Who().Name, r.name, r.name)
		e.Who = u.Who()
		if !p.terminal.ignores(e) {
			p.terminal.post(e)
		}
	}
	return notice(InvitedNow, spelled, r.name), nil
}
