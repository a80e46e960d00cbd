package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"who"}, PipeName: "who",
		Syntaxes: command.PipeSyntax | command.Anywhere, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{"list who is here", "列出在场的人", "列出在場的人"},
		Explanation: i18n.Words{
			"Lists who is in the room, and who is away.",
			"列出房间里的人，以及谁暂时离开。",
			"列出房間裡的人，以及誰暫時離開。",
		},
		Example: "who",
		Run:     who,
	})
}

// A WhoReply lists the members of a room.
type WhoReply struct {
	room.PlainReply
	Users []*room.UserInfo
}

func (w *WhoReply) Cost() (items int, messages []*room.Event) { return len(w.Users), nil }

// who implements /who.
func who(s *command.Runner, _ []string) (room.Reply, error) {
	return &WhoReply{Users: s.Hub().UsersIn(s.Room())}, nil
}
