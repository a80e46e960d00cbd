package room

import (
	"maps"
	"time"

	"teahouse/internal/ids"
	"teahouse/internal/moderation"
	"teahouse/internal/names"
	"teahouse/internal/netaddr"
	"teahouse/internal/reply"
)

// FloodMuteTime is how long somebody who sends too fast is muted.
const FloodMuteTime = time.Minute

// FloodMute mutes s for a while. For a person with a key, that includes other and later sessions.
func (a *Access) FloodMute(s *Session) {
	now, who := time.Now(), s.UserInfo().Subject()
	maps.DeleteFunc(a.floodMutes, func(_ string, until time.Time) bool { return now.After(until) })
	if a.floodMutes[who].IsZero() {
		s.Post(NewNotice(reply.FloodMuted, int(FloodMuteTime.Seconds())))
	}
	a.floodMutes[who] = now.Add(FloodMuteTime)
}

// MaySpeak returns why s may not say anything now, or nil. It covers mutes, flood mutes and slow
// mode, and must be asked wherever others will read what somebody typed: messages to the room or in
// private, topics, reasons, names of rooms, help texts. For names of users there is
// [Access.mayTakeName].
func (s *Session) MaySpeak() error {
	st := s.hub.Lock()
	defer st.Unlock()
	return st.Access.MaySpeak(s)
}

// MaySpeak is [Session.MaySpeak] for callers that hold the lock.
func (a *Access) MaySpeak(s *Session) error {
	sign := s.UserInfo().Subject()
	if err := a.checkMuted(&s.Client, s.Person, sign, s.UserInfo().Bot); err != nil {
		return err
	}
	if a.st.Moderation.Settings().SlowSeconds > 0 && !a.st.Moderation.IsOperator(s.Person) {
		return a.checkSlowMode(&s.Client, s.Person, sign, "")
	}
	return nil
}

// mayTakeName is MaySpeak for a name, which everybody reads too: otherwise a guest could keep
// coming back with new ones. The client may not have entered yet; then sign is the person. Slow
// mode counts names separately from lines.
func (a *Access) mayTakeName(ci *ClientInfo, person ids.Account, sign string) error {
	if err := a.checkMuted(ci, person, sign, a.st.Bots.Get(person) != nil); err != nil {
		return err
	}
	if a.st.Moderation.Settings().SlowSeconds > 0 && !a.st.Moderation.IsOperator(person) {
		return a.checkSlowMode(ci, person, sign, "name of ")
	}
	return nil
}

// mayKeepName reports whether a name says nothing new: it is the person's own, or the one
// under which they were muted.
func (a *Access) mayKeepName(ci *ClientInfo, person ids.Account, id names.Identity) bool {
	p := a.muteOn(ci, person, string(person))
	return a.st.Names.Owns(person, id) || p != nil && p.Name != "" && names.Key(p.Name) == id.Key
}

// checkMuted returns the refusal for somebody who is muted, by an operator or for flooding.
func (a *Access) checkMuted(ci *ClientInfo, person ids.Account, sign string, bot bool) error {
	if p := a.muteOn(ci, person, sign); p != nil {
		return moderation.MuteRefusal(p)
	}
	if len(a.floodMutes) > 0 && !ci.Scripted && !bot {
		if left := time.Until(a.floodMutes[sign]); left > 0 {
			a.st.hub.floodMuteRefused.Add(1)
			return reply.Refuse(reply.StillFloodMuted, int(left.Seconds())+1)
		}
	}
	return nil
}

// checkSlowMode enforces slow mode: one line per interval, and one of anything else named by
// what.
func (a *Access) checkSlowMode(ci *ClientInfo, person ids.Account, sign, what string) error {
	now, pause := time.Now(), a.st.Moderation.Settings().SlowMode()
	who := what + sign
	switch remote := ci.Remote; {
	case person != "":
	case remote.IsValid() && !remote.IsLoopback():
		who = what + netaddr.Address(remote).String() // otherwise a guest could reconnect for each line
	case sign == "": // a guest from this machine who has not entered yet
		return nil
	}
	last, _ := a.slowModeTimes.Get(who)
	if left := pause - now.Sub(last); left > 0 {
		return reply.Refuse(reply.SlowMode, a.st.Moderation.Settings().SlowSeconds, int(left.Seconds())+1)
	}
	a.slowModeTimes.Set(who, now, now, func(_ string, at time.Time) bool { return now.Sub(at) > pause })
	return nil
}
