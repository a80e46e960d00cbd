package command

import (
	"slices"
	"strings"
)

// The groups of commands that help lists separately, because all commands together do not fit a
// screen. Commands without a group are what most people need.
const (
	GroupSettings  = "settings"
	GroupRooms     = "rooms"
	GroupOperators = "operators"
	GroupBots      = "bots" // the commands that bots have registered
)

// HelpGroups returns the names of the groups.
func HelpGroups() []string { return []string{GroupSettings, GroupRooms, GroupOperators, GroupBots} }

// helpOrder returns the commands whose place in help matters: relatives stand side by side, and what
// newcomers need comes first. All others follow, by name.
func helpOrder() []string {
	return strings.Fields(`
		who say me msg done reply nick name key enter whois away back history follow bot search more
		join part rooms room topic invite ignore unignore
		set lang theme time bell quiet notify
		motd forget export op deop kick ban unban bans mute unmute slow lockdown close unbot free`)
}

// helpPlace returns the place of a command in help.
func helpPlace(c *Command) int {
	order := helpOrder()
	if i := slices.Index(order, c.Names[0]); i >= 0 {
		return i
	}
	return len(order)
}
