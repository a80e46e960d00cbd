package room

import (
	"maps"

	"teahouse/internal/accounts"
	"teahouse/internal/ids"
	"teahouse/internal/ratelimit"
)

// Ignores reports whether s ignores the sender of an event.
func (s *Session) Ignores(e *Event) bool {
	return e.Kind != Announced && s.IgnoresUser(e.User)
}

// IgnoresUser reports whether s ignores somebody.
func (s *Session) IgnoresUser(who *UserInfo) bool {
	list := s.IgnoreList.Load() // nearly always nil, and asked for each line
	return list != nil && who != nil && list.Contains(who.Subject())
}

// IsIgnoring reports whether a person ignores somebody.
func (h *Hub) IsIgnoring(person ids.Account, who *UserInfo) bool {
	st := h.Lock()
	defer st.Unlock()
	return st.IgnoreLists.Get(person).Contains(who.Subject())
}

// SaveIgnoreList makes a list that of all of s's person's sessions and stores it, except for
// entries that end with a session. It returns false if the list would need to be stored but there
// is no room.
func (p *People) SaveIgnoreList(s *Session, list *accounts.IgnoreList) (kept bool) {
	if len(list.People) == 0 {
		list = nil
	}
	s.IgnoreList.Store(list) // s may be a one-shot session, which User.Sessions does not include
	for _, other := range append(p.st.Followers(s.User), s.User.Sessions...) {
		other.IgnoreList.Store(list)
	}
	if s.Person == "" {
		return true
	}
	if list != nil && p.st.IgnoreLists.Get(s.Person) == nil && !hasCapacity(p, s, &p.st.IgnoreLists, accounts.MaxIgnoreLists, ratelimit.IgnoreListQuota()) {
		return false
	}
	p.st.IgnoreLists.Put(s.Person, list)
	return true
}

// refreshIgnoreLists makes a person's sessions use the list that another node stored.
func (p *People) refreshIgnoreLists(person ids.Account) {
	for _, s := range p.st.personSessions(person) {
		s.IgnoreList.Store(p.st.IgnoreLists.Get(person))
	}
}

// transferIgnores makes everybody who ignores one person ignore another, who has taken over
// the first one's keys.
func (p *People) transferIgnores(from, to ids.Account) {
	was, is := string(from), string(to) // as subjects
	for person, list := range p.st.IgnoreLists.All() {
		if name, ok := list.People[was]; ok {
			also := &accounts.IgnoreList{People: maps.Clone(list.People)}
			if also.People[is] == "" && len(also.People) >= accounts.MaxIgnored {
				delete(also.People, was) // that person no longer exists
			}
			also.People[is] = name
			p.st.IgnoreLists.Put(person, also)
		}
	}
	for s := range p.st.Sessions {
		if list := p.st.IgnoreLists.Get(s.Person); list != nil {
			s.IgnoreList.Store(list)
		}
	}
}
