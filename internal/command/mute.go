package command

import (
	"teahouse/internal/moderation"
	"teahouse/internal/reply"
	"teahouse/room"
)

// mute implements /mute.
func mute(s *Runner, args []string) (room.Reply, error) {
	made, err := penalize(s, mutes, args)
	if err != nil {
		return nil, err
	}
	tellMuted(s.hub, made, room.MuteRefusal)
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

func runUnmute(s *Runner, args []string) (room.Reply, error) {
	return liftPenalties(s, mutes, "unmute", args[0], reply.MutedNoMore)
}

func mutes(st *room.State) *moderation.PenaltySet { return &st.Moderation.Mutes }
