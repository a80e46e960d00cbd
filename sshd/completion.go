package sshd

import (
	"slices"
	"strings"

	"github.com/kyokomi/emoji/v2"

	"teahouse/room"
)

// mostPictures is how many pictures are offered for the beginning of a name.
const mostPictures = 24

// completion returns what may stand in a line from some byte to the cursor: a
// command, what may follow one, a room, a picture by its name, or somebody's name.
func completion(u *room.User, line string, at int) (from int, options []string) {
	from = strings.LastIndexAny(line[:at], " \n") + 1
	word := line[from:at]
	if options, ok := parameter(u, strings.Fields(line[:from]), word); ok {
		return from, affix("", options, " ")
	}
	switch {
	case from == 0 && strings.HasPrefix(word, "/"):
		return from, affix("/", u.Commands(word[1:], room.Slashed), " ")
	case strings.HasPrefix(word, "#"):
		return from, affix("#", u.Rooms(word[1:]), " ")
	case strings.HasPrefix(word, ":") && len(word) > 1:
		return from, pictures(word)
	case word == "" && from == 0:
		return from, nil
	case strings.HasPrefix(word, "@"):
		return from, affix("@", u.Names(word[1:]), " ")
	case from == 0:
		return from, affix("", u.Names(word), ": ")
	}
	return from, affix("", u.Names(word), " ")
}

// parameter returns what may follow the words of a command that takes no names. It is
// not ok after all else.
func parameter(u *room.User, before []string, word string) (options []string, ok bool) {
	if len(before) == 0 {
		return nil, false
	}
	switch command := before[0]; {
	case command == "/help" && len(before) == 1:
		return u.Lessons(strings.TrimPrefix(word, "/")), true
	case command == "/set" && len(before) == 1:
		return room.SettingNames(word), true
	case command == "/set" && len(before) == 2:
		return room.SettingValues(before[1], word), true
	case slices.Contains([]string{"/lang", "/theme", "/bell", "/quiet", "/notify"}, command) && len(before) == 1:
		return room.SettingValues(command[1:], word), true
	case command == "/time" && len(before) == 1:
		times := append(room.SettingValues("clock", word), room.SettingValues("zone", word)...)
		slices.Sort(times)
		return slices.Compact(times), true
	}
	return nil, false
}

func affix(before string, words []string, after string) []string {
	for i := range words {
		words[i] = before + words[i] + after
	}
	return words
}

// pictures returns those whose names, such as :tea:, begin with what was typed, the
// shortest name first.
func pictures(typed string) []string {
	var names []string
	for name := range emoji.CodeMap() {
		if strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int {
		if len(a) != len(b) {
			return len(a) - len(b)
		}
		return strings.Compare(a, b)
	})
	var options []string
	for _, name := range names {
		picture := strings.TrimSpace(emoji.CodeMap()[name])
		if len(options) < mostPictures && !slices.Contains(options, picture) {
			options = append(options, picture)
		}
	}
	return options
}
