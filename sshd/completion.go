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
// command, a room, a picture by its name, or somebody's name.
func completion(u *room.User, line string, at int) (from int, options []string) {
	from = strings.LastIndexAny(line[:at], " \n") + 1
	word := line[from:at]
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
