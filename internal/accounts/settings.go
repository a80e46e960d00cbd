package accounts

import (
	"slices"
	"strings"
	"time"

	"teahouse/internal/reply"
	"teahouse/internal/text"
)

const (
	// MaxSettings is for how many people settings are stored.
	MaxSettings = 20_000

	// MaxZoneBytes limits the name of a time zone.
	MaxZoneBytes = 64
)

// Themes are the names of the themes for terminals. The door decides what they look like.
const Themes = "tea|ink|bright"

// Settings are what a person has chosen with /set. The zero value leaves everything to the door.
// Settings are immutable and comparable with ==. A new setting is a field here and a line in
// [SettingSpecs]; the command and its completion follow.
type Settings struct {
	Lang   string `json:"lang,omitempty"`   // en, zh or zh-TW; "" is the language that the client asks for
	Theme  string `json:"theme,omitempty"`  // one of Themes
	Clock  string `json:"clock,omitempty"`  // 24, 12 or off; "" is the door's choice
	Zone   string `json:"zone,omitempty"`   // a name that time.LoadLocation knows; "" is the server's zone
	Plain  bool   `json:"plain,omitempty"`  // no colours
	Quiet  bool   `json:"quiet,omitempty"`  // hide other people's joins and leaves
	Bell   bool   `json:"bell,omitempty"`   // ring when somebody mentions the user
	Notify bool   `json:"notify,omitempty"` // also notify outside of the terminal's window
}

// A SettingSpec describes one of the settings as people read and write it.
type SettingSpec struct {
	Name   string
	Values string // the possible values; the first stands for the zero value
	label  reply.Code
	text   func(*Settings) *string // the field of a setting that is a word,
	Flag   func(*Settings) *bool   // or of one that is on or off
}

// ZoneValues stands for the possible time zones, which are too many to list.
const ZoneValues = "auto|Asia/Shanghai|Europe/Berlin|..."

// SettingSpecs returns the settings in the order in which /set lists them.
func SettingSpecs() []SettingSpec {
	const onOff = "off|on"
	return []SettingSpec{
		{Name: "lang", Values: "auto|en|zh|zh-TW", label: reply.SetLang, text: func(s *Settings) *string { return &s.Lang }},
		{Name: "theme", Values: "auto|" + Themes, label: reply.SetTheme, text: func(s *Settings) *string { return &s.Theme }},
		{Name: "clock", Values: "auto|24|12|off", label: reply.SetClock, text: func(s *Settings) *string { return &s.Clock }},
		{Name: "zone", Values: ZoneValues, label: reply.SetZone, text: func(s *Settings) *string { return &s.Zone }},
		{Name: "plain", Values: onOff, label: reply.SetPlain, Flag: func(s *Settings) *bool { return &s.Plain }},
		{Name: "quiet", Values: onOff, label: reply.SetQuiet, Flag: func(s *Settings) *bool { return &s.Quiet }},
		{Name: "bell", Values: onOff, label: reply.SetBell, Flag: func(s *Settings) *bool { return &s.Bell }},
		{Name: "notify", Values: onOff, label: reply.SetNotify, Flag: func(s *Settings) *bool { return &s.Notify }},
	}
}

// Sentence returns the current value of a setting, and the possible ones.
func (sp *SettingSpec) Sentence(s Settings) reply.Sentence {
	value, _, _ := strings.Cut(sp.Values, "|")
	switch {
	case sp.text != nil && *sp.text(&s) != "":
		value = *sp.text(&s)
	case sp.Flag != nil && *sp.Flag(&s):
		value = "on"
	}
	return reply.Say(sp.label, value, sp.Values)
}

// Allows reports whether a setting may have a value. It may read files, so call it without holding
// a lock.
func (sp *SettingSpec) Allows(value string) bool {
	if sp.Values == ZoneValues {
		return value == "auto" || IsZone(value)
	}
	return slices.Contains(strings.Split(sp.Values, "|"), value)
}

// Set sets a setting to a value that Allows has accepted.
func (sp *SettingSpec) Set(s *Settings, value string) {
	first, _, _ := strings.Cut(sp.Values, "|")
	switch {
	case sp.Flag != nil:
		*sp.Flag(s) = value == "on"
	case value == first:
		*sp.text(s) = ""
	default:
		*sp.text(s) = value
	}
}

// IsZone reports whether a time zone of that name exists. Local does not count: it is the server's
// zone, which has a name of its own.
func IsZone(name string) bool {
	if name == "" || name == "Local" || len(name) > MaxZoneBytes {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// FindSetting returns the setting with a name, or nil.
func FindSetting(name string) *SettingSpec {
	all := SettingSpecs()
	i := slices.IndexFunc(all, func(sp SettingSpec) bool { return sp.Name == name })
	if i < 0 {
		return nil
	}
	return &all[i]
}

// Sanitize drops values from the store or from another node that no setting has.
func (s *Settings) Sanitize(string, time.Time) error {
	for _, sp := range SettingSpecs() {
		if sp.text == nil {
			continue
		}
		value := sp.text(s)
		if *value = text.Limit(*value, MaxZoneBytes, text.Clean); sp.Values != ZoneValues && *value != "" && !sp.Allows(*value) {
			*value = ""
		}
	}
	return nil
}
