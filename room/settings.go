package room

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// maxSettings is of how many people it is written down what they have set.
	// Those of others last as long as their session, and they are told so.
	maxSettings = 20_000

	// maxZoneBytes is the most bytes of a time zone's name.
	maxZoneBytes = 64
)

// Themes are the names of the ways in which a terminal may look. What they look
// like is the door's.
const Themes = "tea|ink|bright"

// Settings are what somebody has set for itself. The zero value is what the door
// does by itself. Immutable, and comparable with ==.
type Settings struct {
	Lang   string `json:"lang,omitempty"`   // en, zh or zh-TW; "" is what the client asks for
	Theme  string `json:"theme,omitempty"`  // one of Themes
	Clock  string `json:"clock,omitempty"`  // 24, 12 or off; "" is as the door likes
	Zone   string `json:"zone,omitempty"`   // a name that time.LoadLocation knows; "" is the server's
	Plain  bool   `json:"plain,omitempty"`  // no colours
	Quiet  bool   `json:"quiet,omitempty"`  // comings and goings of others are not read
	Bell   bool   `json:"bell,omitempty"`   // rings when somebody means one
	Notify bool   `json:"notify,omitempty"` // shows it outside the terminal's window, too
}

// A settingSpec is one of the settings, as people read and write it.
type settingSpec struct {
	name   string
	values string // what it may be; the first is that of the zero value
	label  reply.Code
	text   func(*Settings) *string // a setting is a word,
	flag   func(*Settings) *bool   // or on or off
}

// zoneValues is what a time zone may be: too many to list.
const zoneValues = "auto|Asia/Shanghai|Europe/Berlin|..."

// settingSpecs returns the settings, in the order in which they are listed.
func settingSpecs() []settingSpec {
	const onOff = "off|on"
	return []settingSpec{
		{name: "lang", values: "auto|en|zh|zh-TW", label: reply.SetLang, text: func(s *Settings) *string { return &s.Lang }},
		{name: "theme", values: "auto|" + Themes, label: reply.SetTheme, text: func(s *Settings) *string { return &s.Theme }},
		{name: "clock", values: "auto|24|12|off", label: reply.SetClock, text: func(s *Settings) *string { return &s.Clock }},
		{name: "zone", values: zoneValues, label: reply.SetZone, text: func(s *Settings) *string { return &s.Zone }},
		{name: "plain", values: onOff, label: reply.SetPlain, flag: func(s *Settings) *bool { return &s.Plain }},
		{name: "quiet", values: onOff, label: reply.SetQuiet, flag: func(s *Settings) *bool { return &s.Quiet }},
		{name: "bell", values: onOff, label: reply.SetBell, flag: func(s *Settings) *bool { return &s.Bell }},
		{name: "notify", values: onOff, label: reply.SetNotify, flag: func(s *Settings) *bool { return &s.Notify }},
	}
}

// sentence returns what a setting is, and what else it may be.
func (sp *settingSpec) sentence(s Settings) reply.Sentence {
	value, _, _ := strings.Cut(sp.values, "|")
	switch {
	case sp.text != nil && *sp.text(&s) != "":
		value = *sp.text(&s)
	case sp.flag != nil && *sp.flag(&s):
		value = "on"
	}
	return reply.Say(sp.label, value, sp.values)
}

// allows reports whether a setting may be a value. It may read files: it is for
// before the house is locked.
func (sp *settingSpec) allows(value string) bool {
	if sp.values == zoneValues {
		return value == "auto" || isZone(value)
	}
	return slices.Contains(strings.Split(sp.values, "|"), value)
}

// set sets a setting to a value that it allows.
func (sp *settingSpec) set(s *Settings, value string) {
	first, _, _ := strings.Cut(sp.values, "|")
	switch {
	case sp.flag != nil:
		*sp.flag(s) = value == "on"
	case value == first:
		*sp.text(s) = ""
	default:
		*sp.text(s) = value
	}
}

// isZone reports whether there is a time zone of that name. Local is none: it is
// the server's, which has a name of its own.
func isZone(name string) bool {
	if name == "" || name == "Local" || len(name) > maxZoneBytes {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Settings returns what u has set.
func (s *Session) Settings() Settings {
	if set := s.settings.Load(); set != nil {
		return *set
	}
	return Settings{}
}

// setCommand does /set: it lists the settings, or changes one.
func (s *Session) setCommand(args []string) (Reply, error) {
	if len(args) == 0 {
		var lines []reply.Sentence
		for _, sp := range settingSpecs() {
			lines = append(lines, sp.sentence(s.Settings()))
		}
		return answer(lines)
	}
	value := ""
	if len(args) > 1 {
		value = args[1]
	}
	return s.changeSetting(strings.ToLower(args[0]), value)
}

// setTime does /time: a clock, or a zone.
func (s *Session) setTime(value string) (Reply, error) {
	switch value {
	case "24", "12", "off":
		return s.changeSetting("clock", value)
	}
	if value != "auto" && !isZone(value) {
		return nil, reply.Refuse(reply.NoSuchTime)
	}
	return s.changeSetting("zone", value)
}

// toggle does /bell, /quiet and /notify: without a value it changes what is.
func (s *Session) toggle(name string, args []string) (Reply, error) {
	if len(args) > 0 {
		return s.changeSetting(name, args[0])
	}
	sp := findSetting(name)
	set := s.Settings()
	if *sp.flag(&set) {
		return s.changeSetting(name, "off")
	}
	return s.changeSetting(name, "on")
}

// findSetting returns the setting of a name, or nil.
func findSetting(name string) *settingSpec {
	all := settingSpecs()
	i := slices.IndexFunc(all, func(sp settingSpec) bool { return sp.name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// changeSetting changes one of u's settings.
func (s *Session) changeSetting(name, value string) (Reply, error) {
	sp := findSetting(name)
	if sp == nil {
		return nil, reply.Refuse(reply.NoSuchSetting, text.Clean(name))
	}
	switch {
	case sp.allows(value):
	case sp.values == zoneValues:
		return nil, reply.Refuse(reply.NoSuchZone)
	default:
		return nil, reply.Refuse(reply.NoSuchValue, sp.name, sp.values)
	}
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	set := s.Settings()
	sp.set(&set, value)
	said := []reply.Sentence{sp.sentence(set)}
	if !h.saveSettingsLocked(s, set) {
		said = append(said, reply.Say(reply.SessionOnly))
	}
	return answer(said)
}

// saveSettingsLocked makes s what u has set, in all sessions of the same person;
// and writes it down, as far as it lasts. It reports false where it could last, but there is
// no place for it.
func (h *Hub) saveSettingsLocked(u *Session, s Settings) (kept bool) {
	set := &s
	if s == (Settings{}) {
		set = nil
	}
	u.settings.Store(set) // also where it is a visitor
	p := u.user
	if here := h.online.byPerson[u.Person]; here != nil { // it may have come since u did
		p = here
	}
	applySettingsLocked(p, set)
	if u.Person == "" {
		return true
	}
	if set != nil && h.settings.Get(u.Person) == nil && !hasCapacityLocked(u, &h.settings, maxSettings, settingsQuota()) {
		return false
	}
	h.settings.Put(u.Person, set)
	return true
}

// applySettingsLocked gives settings to all sessions of a presence, and has its
// terminals look at them.
func applySettingsLocked(u *user, s *Settings) {
	for _, other := range u.sessions {
		other.settings.Store(s)
		if other.client.Terminal {
			other.RequestRefresh()
		}
	}
}

// refreshSettingsLocked has the sessions here go by what their person has set at another node.
func (h *Hub) refreshSettingsLocked(person string) {
	for _, s := range h.personSessionsLocked(person) {
		if s.peer == nil {
			s.settings.Store(h.settings.Get(person))
			s.RequestRefresh()
		}
	}
}

// moveSettingsLocked gives what one person has set to another who has set nothing.
func (h *Hub) moveSettingsLocked(from, to string) {
	if h.settings.Get(from) == nil {
		return
	}
	h.settings.Move(from, to)
	if u := h.online.byPerson[to]; u != nil {
		applySettingsLocked(u, h.settings.Get(to))
	}
}

// isQuietFor reports whether an event is the joining or leaving of somebody else, and s has
// set that it does not want to read of these.
func (s *Session) isQuietFor(e *Event) bool {
	if e.Kind != Joined && e.Kind != Left {
		return false
	}
	set := s.settings.Load()
	return set != nil && set.Quiet && e.User.SessionID != s.User().SessionID
}
