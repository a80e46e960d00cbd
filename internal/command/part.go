package command

import (
	"teahouse/internal/i18n"
	"teahouse/room"
)

func init() {
	Register(&Command{
		Names:    []string{"part"},
		Syntaxes: SlashSyntax, Visibility: NotVisible, Group: GroupRooms,
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
func part(s *Runner, _ []string) (room.Reply, error) { return nil, s.Part() }
