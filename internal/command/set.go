package command

import (
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func runLang(s *Runner, args []string) (room.Reply, error) { return changeSetting(s, "lang", args[0]) }

func runTheme(s *Runner, args []string) (room.Reply, error) {
	return changeSetting(s, "theme", args[0])
}

func runTime(s *Runner, args []string) (room.Reply, error) { return setTime(s, args[0]) }

func runBell(s *Runner, args []string) (room.Reply, error) { return toggle(s, "bell", args) }

func runQuiet(s *Runner, args []string) (room.Reply, error) { return toggle(s, "quiet", args) }

func runNotify(s *Runner, args []string) (room.Reply, error) { return toggle(s, "notify", args) }

// A SettingsReply holds a person's settings, to list all of them or the one that was changed.
type SettingsReply struct {
	room.PlainReply
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

func (r *SettingsReply) Cost() (items int, messages []*room.Event) { return len(r.Sentences()), nil }

// set implements /set: it lists the settings, or changes one.
func set(s *Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return &SettingsReply{Settings: s.Settings()}, nil
	}
	value := ""
	if len(args) > 1 {
		value = args[1]
	}
	return changeSetting(s, strings.ToLower(args[0]), value)
}

// setTime implements /time, which sets the clock or the time zone.
func setTime(s *Runner, value string) (room.Reply, error) {
	switch value {
	case "24", "12", "off":
		return changeSetting(s, "clock", value)
	}
	if value != "auto" && !accounts.IsZone(value) {
		return nil, reply.Refuse(reply.NoSuchTime)
	}
	return changeSetting(s, "zone", value)
}

// toggle implements /bell, /quiet and /notify: without a value it inverts the setting.
func toggle(s *Runner, name string, args []string) (room.Reply, error) {
	if len(args) > 0 {
		return changeSetting(s, name, args[0])
	}
	sp := accounts.FindSetting(name)
	set := s.Settings()
	if *sp.Flag(&set) {
		return changeSetting(s, name, "off")
	}
	return changeSetting(s, name, "on")
}

// changeSetting changes one of s's settings.
func changeSetting(s *Runner, name, value string) (room.Reply, error) {
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
	st := h.Lock()
	defer st.Unlock()
	set := s.Settings()
	sp.Set(&set, value)
	return &SettingsReply{Settings: set, Changed: sp.Name, SessionOnly: !st.People.SaveSettings(s.Session, set)}, nil
}
