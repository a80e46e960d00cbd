package builtin

import (
	"time"

	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/internal/text"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"away"}, Params: []string{"[WHY]"},
		Syntaxes: command.SlashSyntax, Visibility: command.Visible,
		Help: i18n.Words{"mark yourself as away", "设为暂时离开", "設為暫時離開"},
		Explanation: i18n.Words{
			"Tells people who look you up or message you that you are away, and why. Sending anything ends it.",
			"别人查看您或给您发私聊消息时，会知道您暂时离开及原因。发送任何消息即可恢复。",
			"別人查看您或傳私訊給您時，會知道您暫時離開及原因。傳送任何訊息即可恢復。",
		},
		Example: "away tea with 小明",
		Run:     away,
	})
}

// away implements /away.
func away(s *command.Runner, args []string) (room.Reply, error) {
	a := &room.AwayState{Since: time.Now()}
	if len(args) > 0 {
		if err := s.MaySpeak(); err != nil {
			return nil, err
		}
		why := moderation.CleanReason(args[0])
		a.Message = text.Clean(why[:min(len(why), room.MaxAwayBytes)]) // Clean drops a half character at the end
	}
	s.User.Away.Store(a)
	room.PublishUserChange(s.Session)
	if a.Message == "" {
		return room.NewNotice(reply.AwayNow), nil
	}
	return room.NewNotice(reply.AwayNowReason, a.Message), nil
}
