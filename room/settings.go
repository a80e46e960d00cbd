package room

import (
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
)

// Settings returns s's settings.
func (s *Session) Settings() accounts.Settings {
	if set := s.settings.Load(); set != nil {
		return *set
	}
	return accounts.Settings{}
}

// A SettingsReply holds a person's settings, to list all of them or the one that was changed.
type SettingsReply struct {
	replied
	Settings    accounts.Settings
	Changed     string // the name of the changed setting; "" lists all
	SessionOnly bool   // the change could not be stored
}

// Sentences is part of [TextReply].
func (r *SettingsReply) Sentences() (lines []reply.Sentence) {
	for _, sp := range accounts.SettingSpecs() {
		if r.Changed == "" || r.Changed == sp.Name {
			lines = append(lines, sp.Sentence(r.Settings))
		}
	}
	if r.SessionOnly {
		lines = append(lines, reply.Say(reply.SessionOnly))
	}
	return lines
}

func (r *SettingsReply) size() (items int, messages []*Event) { return len(r.Sentences()), nil }

// setCommand implements /set: it lists the settings, or changes one.
func (s *Session) setCommand(args []string) (Reply, error) {
	if len(args) == 0 {
		return &SettingsReply{Settings: s.Settings()}, nil
	}
	value := ""
	if len(args) > 1 {
		value = args[1]
	}
	return s.changeSetting(strings.ToLower(args[0]), value)
}

// setTime implements /time, which sets the clock or the time zone.
func (s *Session) setTime(value string) (Reply, error) {
	switch value {
	case "24", "12", "off":
		return s.changeSetting("clock", value)
	}
	if value != "auto" && !accounts.IsZone(value) {
		return nil, reply.Refuse(reply.NoSuchTime)
	}
	return s.changeSetting("zone", value)
}

// toggle implements /bell, /quiet and /notify: without a value it inverts the setting.
func (s *Session) toggle(name string, args []string) (Reply, error) {
	if len(args) > 0 {
		return s.changeSetting(name, args[0])
	}
	sp := accounts.FindSetting(name)
	set := s.Settings()
	if *sp.Flag(&set) {
		return s.changeSetting(name, "off")
	}
	return s.changeSetting(name, "on")
}

// changeSetting changes one of s's settings.
func (s *Session) changeSetting(name, value string) (Reply, error) {
	sp := accounts.FindSetting(name)
	if sp == nil {
		return nil, reply.Refuse(reply.NoSuchSetting, text.Clean(name))
	}
	switch {
	case sp.Allows(value):
	case sp.Values == accounts.ZoneValues:
		return nil, reply.Refuse(reply.NoSuchZone)
	default:
		return nil, reply.Refuse(reply.NoSuchValue, sp.Name, sp.Values)
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	set := s.Settings()
	sp.Set(&set, value)
	return &SettingsReply{Settings: set, Changed: sp.Name, SessionOnly: !h.saveSettingsLocked(s, set)}, nil
}

// saveSettingsLocked applies settings to all sessions of u's person, and stores them if the person
// has a key. It returns false if they would have to be stored but there is no room.
func (h *Hub) saveSettingsLocked(u *Session, s accounts.Settings) (kept bool) {
	set := &s
	if s == (accounts.Settings{}) {
		set = nil
	}
	u.settings.Store(set) // u may be a one-shot session, which user.sessions does not include
	p := u.user
	if here := h.online.byPerson[u.Person]; here != nil { // the person may have entered after u began
		p = here
	}
	applySettingsLocked(p, set)
	if u.Person == "" {
		return true
	}
	if set != nil && h.settings.Get(u.Person) == nil && !hasCapacityLocked(u, &h.settings, accounts.MaxSettings, settingsQuota()) {
		return false
	}
	h.settings.Put(u.Person, set)
	return true
}

// applySettingsLocked applies settings to all sessions of a user, and refreshes its terminals.
func applySettingsLocked(u *user, s *accounts.Settings) {
	for _, other := range u.sessions {
		other.settings.Store(s)
		if other.client.Terminal {
			other.RequestRefresh()
		}
	}
}

// refreshSettingsLocked makes the sessions at this node use what their person has set at another
// one.
func (h *Hub) refreshSettingsLocked(person string) {
	for _, s := range h.personSessionsLocked(person) {
		if s.peer == nil {
			s.settings.Store(h.settings.Get(person))
			s.RequestRefresh()
		}
	}
}

// moveSettingsLocked gives one person's settings to another who has none.
func (h *Hub) moveSettingsLocked(from, to string) {
	if h.settings.Get(from) == nil {
		return
	}
	h.settings.Move(from, to)
	if u := h.online.byPerson[to]; u != nil {
		applySettingsLocked(u, h.settings.Get(to))
	}
}

// isQuietFor reports whether an event is somebody else's join or leave, which s's settings hide.
func (s *Session) isQuietFor(e *Event) bool {
	if e.Kind != Joined && e.Kind != Left {
		return false
	}
	set := s.settings.Load()
	return set != nil && set.Quiet && e.User.SessionID != s.User().SessionID
}
