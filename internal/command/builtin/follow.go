package builtin

import (
	"strings"
	"time"

	"teahouse/internal/command"
	"teahouse/internal/follow"
	"teahouse/internal/i18n"
	"teahouse/internal/ratelimit"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"follow"}, Params: []string{"[--since ID|last|TIME]"},
		Syntaxes: command.ExecSyntax, Visibility: command.NotVisible, Scan: ratelimit.ScanMemory,
		Help: i18n.Words{
			"print what happens in the room, until you interrupt it",
			"实时输出房间动态，直到您中断",
			"即時輸出房間動態，直到您中斷",
		},
		Explanation: i18n.Words{
			"Prints what happens in the room as it happens. --since TIME begins with the messages since then, --since last with those after the last one that you followed.",
			"实时输出房间动态。--since TIME 从该时间之后的消息开始，--since last 从您上次看到的最后一条之后开始。",
			"即時輸出房間動態。--since TIME 從該時間之後的訊息開始，--since last 從您上次看到的最後一則之後開始。",
		},
		Example: "follow --since last",
		Run:     followRoom,
	})
}

// A FollowReply is what a session reads before the events that it follows.
type FollowReply struct {
	room.PlainReply
	follow.Beginning
	Time time.Time
}

func (r *FollowReply) Cost() (items int, messages []*room.Event) { return len(r.Warnings), r.Messages }

// followRoom implements ssh HOST follow, follow last and follow TIME: from now on s, a one-shot
// session, reads what happens in the room by [room.Session.Wait] and [room.Session.Take], without
// being a member. It may read as long as it may enter the room, including what its settings hide at
// a terminal. The reply has what was said before, and says what is missing or will be missing the
// next time.
func followRoom(s *command.Runner, args []string) (room.Reply, error) {
	b, err := follow.Start(s.Session, strings.Join(args, " "))
	if err != nil {
		return nil, err
	}
	return &FollowReply{Time: time.Now(), Beginning: b}, nil
}
