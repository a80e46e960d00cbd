package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names:    []string{"done"},
		Syntaxes: command.SlashSyntax, Visibility: command.NotVisible,
		Help: i18n.Words{"talk to the room again", "重新对房间里所有人发言", "重新對房間裡所有人發言"},
		Explanation: i18n.Words{
			"Sends what you type to the room again, after /msg with only a name.",
			"在只写名字的 /msg 之后，重新对房间里所有人发言。",
			"在只寫名字的 /msg 之後，重新對房間裡所有人發言。",
		},
		Example: "done",
		Run:     done,
	})
}

// done implements /done.
func done(s *command.Runner, _ []string) (room.Reply, error) {
	if s.Recipient() == "" {
		return nil, reply.Refuse(reply.TalkingToAll, s.RoomName())
	}
	s.SetRecipient("")
	return room.NewNotice(reply.TalkingToAll, s.RoomName()), nil
}
