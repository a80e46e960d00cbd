package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"part"},
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible, Group: command.GroupRooms,
		Help: i18n.Words{"leave the room for the lobby", "离开房间，回到大厅", "離開房間，回到大廳"},
		Explanation: i18n.Words{
			"Leaves the room and goes back to the lobby.",
			"离开所在的房间，回到大厅。",
			"離開所在的房間，回到大廳。",
		},
		Example: "part",
		Run:     part,
	})
}

// part implements /part.
func part(s *command.Runner, _ []string) (room.Reply, error) { return nil, s.Part() }
