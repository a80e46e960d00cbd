package builtin

import (
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"mute"}, Params: []string{"NAME", "[TIME] [WHY]"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"mute a name, key or address", "禁言名字、密钥或地址", "禁言名字、金鑰或位址"},
		Explanation: i18n.Words{
			"Keeps someone from sending messages, for a time such as 90s, 10m, 2h, 3d, 4w or 1d12h, or for good.",
			"禁止某人发送消息，限时（例如 90s、10m、2h、3d、4w 或 1d12h）或永久。",
			"禁止某人傳送訊息，限時（例如 90s、10m、2h、3d、4w 或 1d12h）或永久。",
		},
		Example: "mute bob 10m",
		Run:     mute,
	})
}

// mute implements /mute.
func mute(s *command.Runner, args []string) (room.Reply, error) {
	made, err := penalize(s, muteList, args)
	if err != nil {
		return nil, err
	}
	tellMuted(s.Hub(), made, moderation.MuteRefusal)
	return penaltyAnswer(s, "mute", made, reply.MutedNow, reply.MutedNowUntil)
}

// tellMuted tells muted people who are online that they are muted.
func tellMuted(h *room.Hub, made []*moderation.Penalty, sentence func(*moderation.Penalty) *reply.Refusal) {
	st := h.Lock()
	defer st.Unlock()
	for other := range st.Sessions {
		for _, p := range made {
			if st.Access.Mute(other) == p {
				r := sentence(p)
				other.Post(room.NewNotice(r.Code, r.Args...))
			}
		}
	}
}

// muteList returns the mutes.
func muteList(st *room.State) *moderation.PenaltySet { return &st.Moderation.Mutes }
