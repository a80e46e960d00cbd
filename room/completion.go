package room

import (
	"slices"
	"strings"
)

// mostOptions is how many ways of completing a word are offered.
const mostOptions = 64

// Names returns the names of people here that begin with what somebody typed, in
// whatever case, in order. Any goroutine may call it.
func (u *User) Names(typed string) []string {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	return options(h.roll.beginning(typed, u.presence))
}

// Rooms returns the names of rooms that u may enter, in the same way.
func (u *User) Rooms(typed string) []string {
	h := u.house
	h.mu.Lock()
	defer h.mu.Unlock()
	var names []string
	for _, r := range h.rooms {
		if begins(r.name, typed) && u.mayEnterRoomLocked(r) == nil {
			names = append(names, r.name)
		}
	}
	return options(names)
}

// Commands returns the names of the commands that u may use in a form, those of bots
// among them, in the same way.
func (u *User) Commands(typed string, form Form) []string {
	operator := u.isOperator()
	var names []string
	for _, c := range u.house.commands {
		if c.Forms&form == 0 || c.Operator && !operator {
			continue
		}
		if name := c.Names[0]; begins(name, typed) {
			names = append(names, name)
		}
	}
	if form == Slashed {
		names = append(names, u.house.botCommands(typed)...)
	}
	return options(names)
}

// Parameter returns what the n-th word after a command may be, as the command's usage
// has it: "" where nothing is, and for a name that nobody has yet, or that is u's own.
// A bot's command takes a text.
func (u *User) Parameter(command string, n int) string {
	c := u.house.command(command, Slashed)
	switch {
	case c == nil && slices.Contains(u.house.botCommands(command), command):
		return "TEXT"
	case c == nil || len(c.Params) == 0 || c.Names[0] == "nick" || c.Names[0] == "name":
		return ""
	}
	return c.Params[min(n, len(c.Params)-1)]
}

// Agreement returns the word with which somebody agrees to a command that cannot be taken
// back, once it has begun with it: nobody is to come to it by Tab alone.
func (u *User) Agreement(command, typed string) string {
	if c := u.house.command(command, Slashed); c == nil || c.final == nil || typed == "" || !begins(agreed, typed) {
		return ""
	}
	return agreed
}

// Lessons returns what may follow help: commands and groups of them, in the same way.
func (u *User) Lessons(typed string) []string {
	names := u.Commands(typed, Slashed)
	for _, group := range helpGroups() {
		if begins(group, typed) && !slices.Contains(names, group) { // rooms is both
			names = append(names, group)
		}
	}
	return options(names)
}

// SettingNames returns the names of settings, in the same way.
func SettingNames(typed string) (names []string) {
	for _, c := range choices() {
		if begins(c.name, typed) {
			names = append(names, c.name)
		}
	}
	return options(names)
}

// SettingValues returns what a setting may be, in the same way; of time zones, which
// are too many, a few. There is nothing that another word than a setting's name may be.
func SettingValues(name, typed string) (values []string) {
	c := choiceOf(strings.ToLower(name))
	if c == nil {
		return nil
	}
	for value := range strings.SplitSeq(c.may, "|") {
		if begins(value, typed) && value != "..." {
			values = append(values, value)
		}
	}
	return options(values)
}

// botCommands returns the names of bots' commands that begin with what was typed.
func (h *House) botCommands(typed string) (names []string) {
	typed = strings.ToLower(typed)
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, b := range h.bots {
		for _, c := range b.Commands {
			if strings.HasPrefix(c.Name, typed) { // they are in small letters
				names = append(names, c.Name)
			}
		}
	}
	return names
}

func begins(name, typed string) bool {
	return len(name) >= len(typed) && (strings.HasPrefix(name, typed) || strings.HasPrefix(strings.ToLower(name), strings.ToLower(typed)))
}

func options(names []string) []string {
	slices.Sort(names)
	return names[:min(len(names), mostOptions)]
}
