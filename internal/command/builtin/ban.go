package builtin

import (
	"teahouse/internal/accounts"
	"teahouse/internal/command"
	"teahouse/internal/i18n"
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

func init() {
	command.Register(&command.Command{
		Names: []string{"ban"}, Params: []string{"NAME", "[TIME] [WHY]"}, MinParams: 1,
		Syntaxes: command.Anywhere, Visibility: command.OperatorVisible, Group: command.GroupOperators, Operator: true,
		Help: i18n.Words{"ban a name, key or address", "封禁名字、密钥或地址", "封鎖名字、金鑰或位址"},
		Explanation: i18n.Words{
			"Bans a name and its key, an address or a network, for a time such as 90s, 10m, 2h, 3d, 4w or 1d12h, or for good.",
			"封禁名字及其密钥、地址或网段，限时（例如 90s、10m、2h、3d、4w 或 1d12h）或永久。",
			"封鎖名字及其金鑰、位址或網段，限時（例如 90s、10m、2h、3d、4w 或 1d12h）或永久。",
		},
		Example: "ban bob 3d too loud",
		Run:     ban,
	})
}

// ban implements /ban: the sessions that match it end. Sessions at other nodes end when those nodes
// read the ban in the store.
func ban(s *command.Runner, args []string) (room.Reply, error) {
	h := s.Hub()
	made, err := penalize(s, banList, args)
	if err != nil {
		return nil, err
	}
	st := h.Lock()
	for _, p := range made {
		st.Access.EnforceBan(p)
		if accounts.IsSessionSubject(p.Target) && !st.IsAtPeer(p.Target) { // the session is over
			st.Moderation.Bans.Delete(p.Target)
		}
	}
	st.Unlock()
	return penaltyAnswer(s, "ban", made, reply.BannedNow, reply.BannedNowUntil)
}

// banList returns the bans.
func banList(st *room.State) *moderation.PenaltySet { return &st.Moderation.Bans }
