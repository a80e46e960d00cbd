package room

import (
	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
)

// Settings returns s's settings.
func (s *Session) Settings() accounts.Settings {
	if set := s.settings.Load(); set != nil {
		return *set
	}
	return accounts.Settings{}
}

// SaveSettings applies settings to all sessions of s's person, and stores them if the person
// has a key. It returns false if they would have to be stored but there is no room.
func (p *People) SaveSettings(s *Session, wanted accounts.Settings) (kept bool) {
	set := &wanted
	if wanted == (accounts.Settings{}) {
		set = nil
	}
	s.settings.Store(set) // s may be a one-shot session, which User.Sessions does not include
	who := s.User
	if here := p.st.Online.ByPerson[s.Person]; here != nil { // the person may have entered after s began
		who = here
	}
	applySettingsLocked(who, set)
	if s.Person == "" {
		return true
	}
	if set != nil && p.st.Settings.Get(s.Person) == nil && !hasCapacity(p, s, &p.st.Settings, accounts.MaxSettings, ratelimit.SettingsQuota()) {
		return false
	}
	p.st.Settings.Put(s.Person, set)
	return true
}

// applySettingsLocked applies settings to all sessions of a user, and refreshes its terminals.
func applySettingsLocked(u *User, s *accounts.Settings) {
	for _, other := range u.Sessions {
		other.settings.Store(s)
		if other.Client.Terminal {
			other.RequestRefresh()
		}
	}
}

// refreshSettings makes the sessions at this node use what their person has set at another
// one.
func (p *People) refreshSettings(person ids.Account) {
	for _, s := range p.st.personSessions(person) {
		if s.node == nil {
			s.settings.Store(p.st.Settings.Get(person))
			s.RequestRefresh()
		}
	}
}

// moveSettings gives one person's settings to another who has none.
func (p *People) moveSettings(from, to ids.Account) {
	if p.st.Settings.Get(from) == nil {
		return
	}
	p.st.Settings.Move(from, to)
	if u := p.st.Online.ByPerson[to]; u != nil {
		applySettingsLocked(u, p.st.Settings.Get(to))
	}
}
