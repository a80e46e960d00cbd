package room

import (
	"cmp"
	"maps"
	"slices"
)

const (
	// mostIgnored is how many people one may ignore.
	mostIgnored = 100

	// mostIgnoring is of how many people it is written down whom they ignore. The
	// lists of others last as long as their session, and they are told so.
	mostIgnoring = 2000
)

// An ignored is whom somebody does not want to read: names by person, or, for
// those without a key, by what they are while they are here. Immutable.
type ignored struct {
	People map[string]string `json:"people"`
}

// ignores reports whether u does not want to read an event.
func (u *User) ignores(e *Event) bool {
	return e.Who != nil && e.Kind != Announced && u.ignored.Load().has(e.Who)
}

// has reports whether somebody is in the list, which may be nil.
func (i *ignored) has(who *Who) bool {
	if i == nil {
		return false
	}
	_, ok := i.People[who.sign()]
	return ok
}

// ignoring reports whether a person does not want to read messages of somebody.
func (h *House) ignoring(person string, who *Who) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.ignores[person].has(who)
}

// heed takes out of events, which it changes, what u does not want to read.
func (u *User) heed(events []*Event) []*Event {
	if u.ignored.Load() == nil {
		return events // as it is nearly always
	}
	return slices.DeleteFunc(events, u.ignores)
}

// ignore does /ignore and /unignore.
func (u *User) ignore(args []string, on bool) (*Event, error) {
	if len(args) == 0 {
		return u.listIgnored()
	}
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	key, name := h.ignoredLocked(u, args[0])
	list := &ignored{People: map[string]string{}}
	if old := u.ignored.Load(); old != nil {
		maps.Copy(list.People, old.People)
	}
	_, already := list.People[key]
	switch {
	case key == "":
		return nil, refuse(NoSuchUser, Clean(args[0]))
	case !on && !already:
		return nil, refuse(NotIgnored, name)
	case key == u.Who().sign():
		return nil, refuse(NotYourself)
	case on && len(list.People) >= mostIgnored:
		return nil, refuse(TooManyIgnored, mostIgnored)
	}
	told := IgnoredNow
	if on {
		list.People[key] = name
	} else {
		delete(list.People, key)
		told = IgnoredNoMore
	}
	if !h.keepIgnoredLocked(u, list) {
		return answer([]Sentence{{told, []any{name}}, {ForNowOnly, nil}})
	}
	return notice(told, name), nil
}

// ignoredLocked returns what the one of a name is, or is to be, ignored by.
func (h *House) ignoredLocked(u *User, name string) (key, spelled string) {
	if p := h.online[NameKey(name)]; p != nil {
		who := p.who.Load()
		return who.sign(), who.Name
	}
	if person, spelled := h.knownLocked(name); person != "" {
		return person, spelled
	}
	if list := u.ignored.Load(); list != nil { // under a name of then
		for key, spelled := range list.People {
			if NameKey(spelled) == NameKey(name) {
				return key, spelled
			}
		}
	}
	return "", ""
}

// keepIgnoredLocked makes a list that of u, and of all sessions of the same
// person; and writes it down, as far as it lasts. It reports false where it could last, but
// there is no place for it.
func (h *House) keepIgnoredLocked(u *User, list *ignored) (kept bool) {
	if len(list.People) == 0 {
		list = nil
	}
	u.ignored.Store(list) // also where it is a visitor
	for _, s := range append(h.followingLocked(u.presence), u.presence.sessions...) {
		s.ignored.Store(list)
	}
	if u.Key == "" {
		return true
	}
	if list != nil && h.ignores[u.Key] == nil && !hasPlaceLocked(u, tableIgnored, h.ignores, mostIgnoring, shareOfIgnoring()) {
		return false
	}
	putLocked(h, tableIgnored, h.ignores, u.Key, list)
	return true
}

// ignoreAlsoLocked has those who ignore one person ignore another, who it is from
// now on.
func (h *House) ignoreAlsoLocked(from, to string) {
	for person, list := range h.ignores {
		if name, ok := list.People[from]; ok {
			also := &ignored{People: maps.Clone(list.People)}
			if also.People[to] == "" && len(also.People) >= mostIgnored {
				delete(also.People, from) // who is nobody any more
			}
			also.People[to] = name
			putLocked(h, tableIgnored, h.ignores, person, also)
		}
	}
	for u := range h.users {
		if list := h.ignores[u.Key]; list != nil {
			u.ignored.Store(list)
		}
	}
}

// MarshalJSON writes the list without those who are known by their session only.
func (i *ignored) MarshalJSON() ([]byte, error) {
	type row ignored // which is written as it stands
	lasting := row{People: maps.Clone(i.People)}
	maps.DeleteFunc(lasting.People, func(sign, _ string) bool { return isSession(sign) })
	return encodeRow(lasting), nil
}

func (u *User) listIgnored() (*Event, error) {
	list := u.ignored.Load()
	if list == nil {
		return notice(NobodyIgnored), nil
	}
	var lines []Sentence
	for _, name := range slices.SortedFunc(maps.Values(list.People), func(a, b string) int { return cmp.Compare(a, b) }) {
		lines = append(lines, Sentence{IgnoredLine, []any{name}})
	}
	return answer(lines)
}
