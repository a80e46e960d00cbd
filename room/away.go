package room

import "time"

// maxAway is the most bytes of what somebody says of being away.
const maxAway = 200

// An absence is what somebody who is here has said of not reading at the moment.
// It is the person's, in all of its sessions. Immutable.
type absence struct {
	why   string // may be ""
	since time.Time
}

// away does /away.
func (u *User) away(args []string) (*Event, error) {
	a := &absence{since: time.Now()}
	if len(args) > 0 {
		if err := u.maySpeak(); err != nil {
			return nil, err
		}
		why := shortenReason(args[0])
		a.why = Clean(why[:min(len(why), maxAway)]) // which drops half a character
	}
	u.presence.absent.Store(a)
	u.changed()
	if a.why == "" {
		return notice(AwayNow), nil
	}
	return notice(AwayNowWhy, a.why), nil
}

// back does /back.
func (u *User) back() (*Event, error) {
	if u.presence.absent.Swap(nil) == nil {
		return notice(NotAway), nil
	}
	u.changed()
	return notice(BackNow), nil
}

// spoke ends the absence of somebody who says something, and tells it so. What a
// program says beside it is no sign of anybody.
func (u *User) spoke() {
	if u.visitor.Patient || u.presence.absent.Load() == nil || u.presence.absent.Swap(nil) == nil {
		return
	}
	u.changed()
	if to := u.house.listener(u.presence); to != nil {
		to.post(notice(BackNow))
	}
}

// changed has other houses learn of what u's person says of itself.
func (u *User) changed() {
	u.house.mu.Lock()
	defer u.house.mu.Unlock()
	u.house.allChangedLocked(u.presence)
}

// tell puts into a private message what its speaker is to know: that the other one
// is not reading. The absence may be nil.
func (a *absence) tell(e *Event) {
	switch {
	case a == nil:
	case a.why == "":
		e.Phrase, e.Args = ToldAway, []any{e.To.Name}
	default:
		e.Phrase, e.Args = ToldAwayWhy, []any{e.To.Name, a.why}
	}
}

// lines returns what /whois tells of the absence, which may be nil.
func (a *absence) lines() []Sentence {
	switch {
	case a == nil:
		return nil
	case a.why == "":
		return []Sentence{{WhoisAbsent, []any{Moment(a.since)}}}
	}
	return []Sentence{{WhoisAbsentWhy, []any{Moment(a.since), a.why}}}
}

// listed returns who p is, as /who shows it.
func (p *presence) listed() *Who {
	who := p.who.Load()
	if p.absent.Load() == nil {
		return who
	}
	absent := *who
	absent.Away = true
	return &absent
}
