package room

import (
	"maps"
	"slices"

	"teahouse/internal/accounts"
	"teahouse/internal/names"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// ignores reports whether s ignores the sender of an event.
func (s *Session) ignores(e *Event) bool {
	return e.Kind != Announced && s.ignoresUser(e.User)
}

func (s *Session) ignoresUser(who *UserInfo) bool {
	return who != nil && s.ignoreList.Load().Contains(who.subject())
}

// isIgnoring reports whether a person ignores somebody.
func (h *Hub) isIgnoring(person string, who *UserInfo) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ignoreLists.Get(person).Contains(who.subject())
}

// filterIgnored removes from events, in place, those that s ignores.
func (s *Session) filterIgnored(events []*Event) []*Event {
	if s.ignoreList.Load() == nil {
		return events // the usual case
	}
	return slices.DeleteFunc(events, s.ignores)
}

// ignore implements /ignore and /unignore.
func (s *Session) ignore(args []string, on bool) (Reply, error) {
	if len(args) == 0 {
		return s.listIgnored()
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	key, name := h.resolveIgnoredLocked(s, args[0])
	list := &accounts.IgnoreList{People: map[string]string{}}
	if old := s.ignoreList.Load(); old != nil {
		maps.Copy(list.People, old.People)
	}
	_, already := list.People[key]
	switch {
	case key == "":
		return nil, reply.Refuse(reply.NoSuchUser, text.Clean(args[0]))
	case !on && !already:
		return nil, reply.Refuse(reply.NotIgnored, name)
	case key == s.User().subject():
		return nil, reply.Refuse(reply.CannotIgnoreSelf)
	case on && len(list.People) >= accounts.MaxIgnored:
		return nil, reply.Refuse(reply.TooManyIgnored, accounts.MaxIgnored)
	}
	told := reply.IgnoredNow
	if on {
		list.People[key] = name
	} else {
		delete(list.People, key)
		told = reply.IgnoredNoMore
	}
	if !h.saveIgnoreListLocked(s, list) {
		return &WithWarning{Reply: NewNotice(told, name), Warning: reply.Say(reply.SessionOnly)}, nil
	}
	return NewNotice(told, name), nil
}

// resolveIgnoredLocked returns the subject by which the person with a name is, or will be, ignored.
func (h *Hub) resolveIgnoredLocked(s *Session, name string) (key, spelled string) {
	if u := h.online.byName[names.Key(name)]; u != nil {
		who := u.info.Load()
		return who.subject(), who.Name
	}
	if person, spelled := h.lookUpPersonLocked(name); person != "" {
		return person, spelled
	}
	if list := s.ignoreList.Load(); list != nil { // by the name that they had then
		for key, spelled := range list.People {
			if names.Key(spelled) == names.Key(name) {
				return key, spelled
			}
		}
	}
	return "", ""
}

// saveIgnoreListLocked makes a list that of all of s's person's sessions and stores it, except for
// entries that end with a session. It returns false if the list would need to be stored but there
// is no room.
func (h *Hub) saveIgnoreListLocked(s *Session, list *accounts.IgnoreList) (kept bool) {
	if len(list.People) == 0 {
		list = nil
	}
	s.ignoreList.Store(list) // s may be a one-shot session, which user.sessions does not include
	for _, other := range append(h.followersLocked(s.user), s.user.sessions...) {
		other.ignoreList.Store(list)
	}
	if s.Person == "" {
		return true
	}
	if list != nil && h.ignoreLists.Get(s.Person) == nil && !hasCapacityLocked(s, &h.ignoreLists, accounts.MaxIgnoreLists, ignoreListQuota()) {
		return false
	}
	h.ignoreLists.Put(s.Person, list)
	return true
}

// refreshIgnoreListsLocked makes a person's sessions use the list that another node stored.
func (h *Hub) refreshIgnoreListsLocked(person string) {
	for _, s := range h.personSessionsLocked(person) {
		s.ignoreList.Store(h.ignoreLists.Get(person))
	}
}

// transferIgnoresLocked makes everybody who ignores one person ignore another, who has taken over
// the first one's keys.
func (h *Hub) transferIgnoresLocked(from, to string) {
	for person, list := range h.ignoreLists.All() {
		if name, ok := list.People[from]; ok {
			also := &accounts.IgnoreList{People: maps.Clone(list.People)}
			if also.People[to] == "" && len(also.People) >= accounts.MaxIgnored {
				delete(also.People, from) // that person no longer exists
			}
			also.People[to] = name
			h.ignoreLists.Put(person, also)
		}
	}
	for s := range h.sessions {
		if list := h.ignoreLists.Get(s.Person); list != nil {
			s.ignoreList.Store(list)
		}
	}
}

// An IgnoreListReply lists the people that a session ignores.
type IgnoreListReply struct {
	replied
	Names []string
}

// Sentences is part of [TextReply].
func (r *IgnoreListReply) Sentences() (lines []reply.Sentence) {
	for _, name := range r.Names {
		lines = append(lines, reply.Say(reply.IgnoredLine, name))
	}
	return lines
}

func (r *IgnoreListReply) size() (items int, messages []*Event) { return len(r.Names), nil }

func (s *Session) listIgnored() (Reply, error) {
	list := s.ignoreList.Load()
	if list == nil {
		return NewNotice(reply.NobodyIgnored), nil
	}
	return &IgnoreListReply{Names: slices.Sorted(maps.Values(list.People))}, nil
}
