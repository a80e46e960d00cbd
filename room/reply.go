package room

// reply does /reply: a private message to whoever sent u's person the last one,
// under whatever name that one goes by now.
func (u *User) reply(text string) (*Event, error) {
	teller := u.presence.teller.Load()
	if teller == nil {
		return nil, refuse(NobodyToReply)
	}
	if p := u.house.stillHere(teller); p != nil {
		if e, err := u.hand(p, text); e != nil || err != nil {
			return e, err
		}
	}
	if archive := u.house.Archive; teller.Key != "" && archive != nil {
		if person, ok := archive.Person(teller.Key); ok {
			return u.writeTo(person, text)
		}
	}
	return nil, refuse(TellerLeft, teller.Name)
}

// stillHere returns the presence of somebody as it was at some time: it may have
// another name by now. It returns nil for who has left; a guest who comes again is
// somebody else.
func (h *House) stillHere(who *Who) *presence {
	h.mu.Lock()
	defer h.mu.Unlock()
	if who.Key != "" {
		return h.people[who.Key]
	}
	is := func(p *presence) bool { now := p.who.Load(); return now.Key == "" && now.ID == who.ID }
	if p := h.online[who.key()]; p != nil && is(p) {
		return p // under the same name, as nearly always
	}
	for _, p := range h.online {
		if is(p) {
			return p
		}
	}
	return nil
}
