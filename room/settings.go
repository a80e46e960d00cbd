package room

import (
	"slices"
	"strings"
	"time"
)

const (
	// mostSettings is of how many people it is written down what they have set.
	// Those of others last as long as their session, and they are told so.
	mostSettings = 20_000

	// maxZone is the most bytes of a time zone's name.
	maxZone = 64
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

// A choice is one of the settings, as people read and write it.
type choice struct {
	name string
	may  string // what it may be; the first is that of the zero value
	says Phrase
	is   func(*Settings) *string // a setting is a word,
	on   func(*Settings) *bool   // or on or off
}

// zones is what a time zone may be: too many to list.
const zones = "auto|Asia/Shanghai|Europe/Berlin|..."

// choices returns the settings, in the order in which they are listed.
func choices() []choice {
	const onOff = "off|on"
	return []choice{
		{name: "lang", may: "auto|en|zh|zh-TW", says: SetLang, is: func(s *Settings) *string { return &s.Lang }},
		{name: "theme", may: "auto|" + Themes, says: SetTheme, is: func(s *Settings) *string { return &s.Theme }},
		{name: "clock", may: "auto|24|12|off", says: SetClock, is: func(s *Settings) *string { return &s.Clock }},
		{name: "zone", may: zones, says: SetZone, is: func(s *Settings) *string { return &s.Zone }},
		{name: "plain", may: onOff, says: SetPlain, on: func(s *Settings) *bool { return &s.Plain }},
		{name: "quiet", may: onOff, says: SetQuiet, on: func(s *Settings) *bool { return &s.Quiet }},
		{name: "bell", may: onOff, says: SetBell, on: func(s *Settings) *bool { return &s.Bell }},
		{name: "notify", may: onOff, says: SetNotify, on: func(s *Settings) *bool { return &s.Notify }},
	}
}

// sentence returns what a setting is, and what else it may be.
func (c *choice) sentence(s Settings) Sentence {
	value, _, _ := strings.Cut(c.may, "|")
	switch {
	case c.is != nil && *c.is(&s) != "":
		value = *c.is(&s)
	case c.on != nil && *c.on(&s):
		value = "on"
	}
	return Sentence{c.says, []any{value, c.may}}
}

// allows reports whether a setting may be a value. It may read files: it is for
// before the house is locked.
func (c *choice) allows(value string) bool {
	if c.may == zones {
		return value == "auto" || isZone(value)
	}
	return slices.Contains(strings.Split(c.may, "|"), value)
}

// put sets a setting to a value that it allows.
func (c *choice) put(s *Settings, value string) {
	first, _, _ := strings.Cut(c.may, "|")
	switch {
	case c.on != nil:
		*c.on(s) = value == "on"
	case value == first:
		*c.is(s) = ""
	default:
		*c.is(s) = value
	}
}

// isZone reports whether there is a time zone of that name. Local is none: it is
// the server's, which has a name of its own.
func isZone(name string) bool {
	if name == "" || name == "Local" || len(name) > maxZone {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Settings returns what u has set.
func (u *User) Settings() Settings {
	if s := u.settings.Load(); s != nil {
		return *s
	}
	return Settings{}
}

// set does /set: it lists the settings, or changes one.
func (u *User) set(args []string) (*Event, error) {
	if len(args) == 0 {
		var lines []Sentence
		for _, c := range choices() {
			lines = append(lines, c.sentence(u.Settings()))
		}
		return answer(lines)
	}
	value := ""
	if len(args) > 1 {
		value = args[1]
	}
	return u.choose(strings.ToLower(args[0]), value)
}

// setTime does /time: a clock, or a zone.
func (u *User) setTime(value string) (*Event, error) {
	switch value {
	case "24", "12", "off":
		return u.choose("clock", value)
	}
	if value != "auto" && !isZone(value) {
		return nil, refuse(NoSuchTime)
	}
	return u.choose("zone", value)
}

// toggle does /bell, /quiet and /notify: without a value it changes what is.
func (u *User) toggle(name string, args []string) (*Event, error) {
	if len(args) > 0 {
		return u.choose(name, args[0])
	}
	c := choiceOf(name)
	s := u.Settings()
	if *c.on(&s) {
		return u.choose(name, "off")
	}
	return u.choose(name, "on")
}

// choiceOf returns the setting of a name, or nil.
func choiceOf(name string) *choice {
	all := choices()
	i := slices.IndexFunc(all, func(c choice) bool { return c.name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// choose changes one of u's settings.
func (u *User) choose(name, value string) (*Event, error) {
	c := choiceOf(name)
	if c == nil {
		return nil, refuse(NoSuchSetting, Clean(name))
	}
	switch {
	case c.allows(value):
	case c.may == zones:
		return nil, refuse(NoSuchZone)
	default:
		return nil, refuse(NoSuchValue, c.name, c.may)
	}
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	s := u.Settings()
	c.put(&s, value)
	said := []Sentence{c.sentence(s)}
	if !h.keepSettingsLocked(u, s) {
		said = append(said, Sentence{ForNowOnly, nil})
	}
	return answer(said)
}

// keepSettingsLocked makes s what u has set, in all sessions of the same person;
// and writes it down, as far as it lasts. It reports false where it could last, but there is
// no place for it.
func (h *House) keepSettingsLocked(u *User, s Settings) (kept bool) {
	set := &s
	if s == (Settings{}) {
		set = nil
	}
	u.settings.Store(set) // also where it is a visitor
	p := u.presence
	if here := h.people[u.Key]; here != nil { // it may have come since u did
		p = here
	}
	applySettingsLocked(p, set)
	if u.Key == "" {
		return true
	}
	if set != nil && h.settings[u.Key] == nil && !hasPlaceLocked(u, tableSettings, h.settings, mostSettings, shareOfSettings()) {
		return false
	}
	putLocked(h, tableSettings, h.settings, u.Key, set)
	return true
}

// applySettingsLocked gives settings to all sessions of a presence, and has its
// terminals look at them.
func applySettingsLocked(p *presence, s *Settings) {
	for _, other := range p.sessions {
		other.settings.Store(s)
		if other.visitor.Terminal {
			other.Nudge()
		}
	}
}

// moveSettingsLocked gives what one person has set to another who has set nothing.
func (h *House) moveSettingsLocked(from, to string) {
	if h.settings[from] == nil {
		return
	}
	moveLocked(h, tableSettings, h.settings, from, to)
	if p := h.people[to]; p != nil {
		applySettingsLocked(p, h.settings[to])
	}
}

// calm takes out of events, which it changes, comings and goings of others, where
// u has set that.
func (u *User) calm(events []*Event) []*Event {
	if s := u.settings.Load(); s == nil || !s.Quiet {
		return events // as it is nearly always
	}
	self := u.Who().ID
	return slices.DeleteFunc(events, func(e *Event) bool {
		return (e.Kind == Joined || e.Kind == Left) && e.Who.ID != self
	})
}
