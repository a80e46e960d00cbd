package builtin

import (
	"slices"
	"strings"

	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

// The commands that change one setting are here with /set: each is short for a line of /set, and
// they share what changes it.
func init() {
	command.Register(&command.Command{
		Names: []string{"set"}, Params: []string{"[WHAT", "VALUE]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible,
		Help: i18n.Words{"show or change your settings", "查看或更改您的设置", "查看或變更您的設定"},
		Explanation: i18n.Words{
			"Lists your settings and their possible values, or changes one. With a key, the change lasts.",
			"列出您的设置和可选的值，或更改一项。用密钥登录时会一直保留。",
			"列出您的設定和可選的值，或變更一項。用金鑰登入時會一直保留。",
		},
		Example:  "set clock 12",
		Complete: completeSet,
		Run:      set,
	})
	command.Register(&command.Command{
		Names: []string{"lang"}, Params: []string{"auto|en|zh|zh-TW"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{"set your language", "设置界面语言", "設定介面語言"},
		Explanation: i18n.Words{
			"Sets the language of the interface. auto follows your terminal.",
			"设置界面语言。auto 表示跟随您的终端。",
			"設定介面語言。auto 表示跟隨您的終端機。",
		},
		Example:  "lang zh",
		Complete: completeSettingValue("lang"),
		Run:      lang,
	})
	command.Register(&command.Command{
		Names: []string{"theme"}, Params: []string{"auto|" + accounts.Themes}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help:        i18n.Words{"set your colours", "设置配色", "設定色彩"},
		Explanation: i18n.Words{"Sets the colours of the room.", "设置房间的配色。", "設定房間的色彩。"},
		Example:     "theme ink",
		Complete:    completeSettingValue("theme"),
		Run:         theme,
	})
	command.Register(&command.Command{
		Names: []string{"time"}, Params: []string{"24|12|off|ZONE"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{"set how times are shown, or your time zone", "设置时间格式或时区", "設定時間格式或時區"},
		Explanation: i18n.Words{
			"Sets how the time of each message is shown: 24 for 24 hours, 12 for 12 hours, off to hide it. Also sets its time zone, such as Asia/Shanghai.",
			"设置每条消息的时间格式：24 小时制（24）、12 小时制（12）或不显示（off）。也可以设置时区，例如 Asia/Shanghai。",
			"設定每則訊息的時間格式：24 小時制（24）、12 小時制（12）或不顯示（off）。也可以設定時區，例如 Asia/Shanghai。",
		},
		Example:  "time Asia/Shanghai",
		Complete: completeTime,
		Run:      setTime,
	})
	command.Register(&command.Command{
		Names: []string{"bell"}, Params: []string{"[on|off]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{"ring when someone mentions you", "有人提到您时响铃", "有人提到您時響鈴"},
		Explanation: i18n.Words{
			"Rings your terminal when someone mentions you. Without on or off it toggles.",
			"有人提到您时响铃。不写 on 或 off 则切换。",
			"有人提到您時響鈴。不寫 on 或 off 則切換。",
		},
		Example:  "bell on",
		Complete: completeSettingValue("bell"),
		Run:      bell,
	})
	command.Register(&command.Command{
		Names: []string{"quiet"}, Params: []string{"[on|off]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{"hide who joins and leaves", "隐藏进出提示", "隱藏進出提示"},
		Explanation: i18n.Words{
			"Hides who joins and leaves. Without on or off it toggles.",
			"隐藏进出提示。不写 on 或 off 则切换。",
			"隱藏進出提示。不寫 on 或 off 則切換。",
		},
		Example:  "quiet on",
		Complete: completeSettingValue("quiet"),
		Run:      quiet,
	})
	command.Register(&command.Command{
		Names: []string{"notify"}, Params: []string{"[on|off]"},
		Syntaxes: command.Anywhere, Visibility: command.NotVisible, Group: command.GroupSettings,
		Help: i18n.Words{
			"show a notification when someone mentions you",
			"有人提到您时显示终端通知",
			"有人提到您時顯示終端機通知",
		},
		Explanation: i18n.Words{
			"Shows a notification when someone mentions you, or rings if your terminal can't. Without on or off it toggles.",
			"有人提到您时显示终端通知，终端不支持时响铃。不写 on 或 off 则切换。",
			"有人提到您時顯示終端機通知，終端機不支援時響鈴。不寫 on 或 off 則切換。",
		},
		Example:  "notify on",
		Complete: completeSettingValue("notify"),
		Run:      notify,
	})
}

// A SettingsReply holds a person's settings, to list all of them or the one that was changed.
type SettingsReply struct {
	room.PlainReply
	Settings    accounts.Settings
	Changed     string // the name of the changed setting; "" lists all
	SessionOnly bool   // the change could not be stored
}

// Sentences is part of [room.TextReply].
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
func set(s *command.Runner, args []string) (room.Reply, error) {
	if len(args) == 0 {
		return &SettingsReply{Settings: s.Settings()}, nil
	}
	value := ""
	if len(args) > 1 {
		value = args[1]
	}
	return changeSetting(s, strings.ToLower(args[0]), value)
}

// lang implements /lang.
func lang(s *command.Runner, args []string) (room.Reply, error) {
	return changeSetting(s, "lang", args[0])
}

// theme implements /theme.
func theme(s *command.Runner, args []string) (room.Reply, error) {
	return changeSetting(s, "theme", args[0])
}

// bell implements /bell.
func bell(s *command.Runner, args []string) (room.Reply, error) { return toggle(s, "bell", args) }

// quiet implements /quiet.
func quiet(s *command.Runner, args []string) (room.Reply, error) { return toggle(s, "quiet", args) }

// notify implements /notify.
func notify(s *command.Runner, args []string) (room.Reply, error) { return toggle(s, "notify", args) }

// setTime implements /time, which sets the clock or the time zone.
func setTime(s *command.Runner, args []string) (room.Reply, error) {
	value := args[0]
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
func toggle(s *command.Runner, name string, args []string) (room.Reply, error) {
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
func changeSetting(s *command.Runner, name, value string) (room.Reply, error) {
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
	st := s.Hub().Lock()
	defer st.Unlock()
	set := s.Settings()
	sp.Set(&set, value)
	return &SettingsReply{Settings: set, Changed: sp.Name, SessionOnly: !st.People.SaveSettings(s.Session, set)}, nil
}

// completeSet completes the name of a setting, or its value.
func completeSet(_ *command.Runner, words []string) []string {
	switch len(words) {
	case 1:
		return completeSettingName(words[0])
	case 2:
		return settingValues(words[0], words[1])
	}
	return nil
}

func completeSettingName(typed string) (names []string) {
	for _, sp := range accounts.SettingSpecs() {
		if text.HasPrefixFold(sp.Name, typed) {
			names = append(names, sp.Name)
		}
	}
	return command.SortCompletions(names)
}

// completeSettingValue returns what completes the value of a setting.
func completeSettingValue(name string) func(*command.Runner, []string) []string {
	return func(_ *command.Runner, words []string) []string {
		if len(words) > 1 {
			return nil
		}
		return settingValues(name, words[0])
	}
}

// completeTime completes what /time takes: a clock or a time zone.
func completeTime(_ *command.Runner, words []string) []string {
	if len(words) > 1 {
		return nil
	}
	times := append(settingValues("clock", words[0]), settingValues("zone", words[0])...)
	return slices.Compact(command.SortCompletions(times))
}

// settingValues returns the values of a setting that begin with what was typed. It offers only a few
// of the many time zones, and nothing if there is no such setting.
func settingValues(name, typed string) (values []string) {
	sp := accounts.FindSetting(strings.ToLower(name))
	if sp == nil {
		return nil
	}
	for value := range strings.SplitSeq(sp.Values, "|") {
		if text.HasPrefixFold(value, typed) && value != "..." {
			values = append(values, value)
		}
	}
	return command.SortCompletions(values)
}
